import { mount } from "svelte";

import App from "./App.svelte";
import { preferredLanguage, show } from "./i18n/messages.svelte.ts";
import { listenForShares } from "./uploads/shared.ts";
import { session } from "./session/session.svelte.ts";

/** Milliseconds that the first paint may take. */
const PATIENCE = 300;
const target = document.getElementById("app");
if (!target) throw new Error("The shell has no place for the application.");
// Both are requested at the same time; only the language is awaited.
const [language] = [show(preferredLanguage()), session.load()];
await language;
if (target.hasChildNodes()) {
  await painted();
  // Remove what the server rendered for visitors; the same content replaces it.
  target.replaceChildren();
}
mount(App, { target });
listenForShares();

/** Waits until the current content is painted: mounting the application would delay that. */
function painted(): Promise<void> {
  // Pages in the background are not painted, and a busy machine may take too long.
  if (document.visibilityState === "hidden") return Promise.resolve();
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
    setTimeout(done, PATIENCE);
  });
}
