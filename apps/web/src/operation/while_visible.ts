/** Repeats something as long as the page is looked at, and at once when somebody comes back to it. Gives what ends it. */
export function whileVisible(action: () => void, milliseconds: number): () => void {
  const look = () => {
    if (document.visibilityState === "visible") action();
  };
  const timer = setInterval(look, milliseconds);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
