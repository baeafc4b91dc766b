/** Repeats an action while the page is visible, and runs it when it becomes visible. Returns a function that stops it. */
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
