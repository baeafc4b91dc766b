import { mount } from "svelte";

import App from "./App.svelte";
import { preferredLanguage, show } from "./i18n/messages.svelte.ts";
import { listenForShares } from "./uploads/shared.ts";
import { session } from "./session/session.svelte.ts";

/** Milliseconds that what visitors read first has to be painted. */
const PATIENCE = 300;
const target = document.getElementById("app");
if (!target) throw new Error("The shell has no place for the application.");
// Both are asked for at once; neither is waited for longer than the other.
const [language] = [show(preferredLanguage()), session.load()];
await language;
if (target.hasChildNodes()) {
  await painted();
  // What the server has put there for visitors; the same takes its place.
  target.replaceChildren();
}
mount(App, { target });
listenForShares();

/** Waits until what is there can be seen: to make the page holds up its painting for a while. */
function painted(): Promise<void> {
  // Pages in the background are not painted, and a busy machine may not come to it.
  if (document.visibilityState === "hidden") return Promise.resolve();
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
    setTimeout(done, PATIENCE);
  });
}
