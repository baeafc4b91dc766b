import type { Plugin } from "vite";

const STYLES = /\s*<link rel="stylesheet"[^>]*>/g;

/** Puts the style sheets before the scripts, because the first paint waits only for the style sheets. */
export function stylesFirst(): Plugin {
  return {
    name: "styles-first",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const styles = html.match(STYLES) ?? [];
        return html.replace(STYLES, "").replace(/\s*<script /, (script) => styles.join("") + script);
      },
    },
  };
}
