import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { compress } from "./build/compress.ts";
import { stylesFirst } from "./build/styles_first.ts";
import { welcome } from "./build/welcome.ts";

/** The gateway to which `npm run dev` forwards API requests. */
const gateway = process.env.GATEWAY ?? "http://127.0.0.1:8080";

export default defineConfig({
  // Relative to the shell, so that a proxy may serve Tracklift below a path.
  base: "./",
  plugins: [svelte(), welcome(), stylesFirst(), compress()],
  build: {
    outDir: "../gateway/tracklift_gateway/static",
    emptyOutDir: true,
    target: ["chrome116", "firefox124", "safari17.4"],
    // The content security policy forbids inlined assets.
    assetsInlineLimit: 0,
    // A single file of a few kilobytes: the first paint waits for each style sheet in the shell.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/docs", "/.well-known"].map((path) => [path, { target: gateway, changeOrigin: false }]),
    ),
  },
  test: { include: ["src/**/*.test.ts"] },
});
