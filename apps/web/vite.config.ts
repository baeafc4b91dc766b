import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { compress } from "./build/compress.ts";
import { stylesFirst } from "./build/styles_first.ts";
import { welcome } from "./build/welcome.ts";

/** The gateway that `npm run dev` passes requests of the interface on to. */
const gateway = process.env.GATEWAY ?? "http://127.0.0.1:8080";

export default defineConfig({
  // Seen from the shell, so that Tracklift may stand below a path of a proxy.
  base: "./",
  plugins: [svelte(), welcome(), stylesFirst(), compress()],
  build: {
    outDir: "../gateway/tracklift_gateway/static",
    emptyOutDir: true,
    target: ["chrome116", "firefox124", "safari17.4"],
    // A file that is part of another is inline, and the policy forbids that.
    assetsInlineLimit: 0,
    // One file of some kilobytes: what is seen first waits for each file of styles that the shell names.
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
