import type { Plugin } from "vite";

const STYLES = /\s*<link rel="stylesheet"[^>]*>/g;

/** Names the styles in front of the scripts, as what is seen first waits for those alone. */
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
