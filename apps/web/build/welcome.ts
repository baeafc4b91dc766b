import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

type Catalogue = Record<string, string | Record<string, string>>;

const CHECK =
  '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7.5"></path></svg>';
const BRAND =
  '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M8 20v4M13 15v9M18 11v13M24 8v16"></path></svg>';

/**
 * Renders what a visitor sees first to HTML, in each language: `welcome.<language>.html`. The gateway inserts it into the
 * shell for visitors who are not signed in, so that they see it before any script has run.
 */
export function welcome(): Plugin {
  let root = "";
  return {
    name: "welcome",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    async generateBundle() {
      const folder = join(root, "messages");
      for (const name of await readdir(folder)) {
        const messages = JSON.parse(await readFile(join(folder, name), "utf-8")) as Catalogue;
        const fileName = `welcome.${name.replace(/\.json$/, "")}.html`;
        this.emitFile({ type: "asset", fileName, source: welcomeOf(messages) });
      }
    },
  };
}

/** Returns the same content as the components Shell and Welcome, without the form. */
export function welcomeOf(messages: Catalogue): string {
  const text = (key: string) => {
    const message = messages[key];
    if (typeof message !== "string") throw new Error(`There is no message ${key}.`);
    return escaped(message);
  };
  const reasons = ["welcome.sound", "welcome.close", "welcome.mail"]
    .map((key) => `<li>${CHECK}${text(key)}</li>`)
    .join("");
  return [
    '<header class="top"><div class="bar">',
    `<a class="brand" href="./">${BRAND}<span>Tracklift</span></a>`,
    `<nav aria-label="${text("nav.label")}"><a href="./sign-in">${text("nav.sign_in")}</a></nav>`,
    "</div></header>",
    '<main id="main" class="wide"><div class="welcome"><div class="pitch">',
    `<h1>${text("welcome.title")}</h1><p class="lead soft">${text("welcome.lead")}</p><ul>${reasons}</ul>`,
    "</div><section></section></div></main>",
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
