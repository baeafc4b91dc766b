/** Called when the session has ended. The module of the session registers itself here. */
let listener: (() => void) | undefined;

export function whenEnded(listen: () => void): void {
  listener = listen;
}

export function ended(): void {
  listener?.();
}
