/** Says that the session has ended; who shows pages puts itself here. */
let listener: (() => void) | undefined;

export function whenEnded(listen: () => void): void {
  listener = listen;
}

export function ended(): void {
  listener?.();
}
