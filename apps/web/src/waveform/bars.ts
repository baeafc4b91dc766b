/** The width of a bar, and the distance from one bar to the next, in pixels. */
export const BAR = 2;
export const STEP = 3;
/** The least height of a bar, as a fraction, so that silence is visible, too. */
const LEAST = 0.04;

/**
 * Returns the heights of `count` bars, from 0 to 1. The number of peaks may differ: each bar is the loudest peak of its
 * part. Heights are relative to the loudest peak of all, so that a quiet recording has a visible shape, too.
 */
export function bars(peaks: Uint8Array, count: number): number[] {
  const loudest = peaks.reduce((most, peak) => Math.max(most, peak), 1);
  return Array.from({ length: count }, (_, bar) => {
    const start = Math.floor((bar * peaks.length) / count);
    const end = Math.max(start + 1, Math.floor(((bar + 1) * peaks.length) / count));
    let most = 0;
    for (let index = start; index < end; index += 1) most = Math.max(most, peaks[index] ?? 0);
    return Math.max(LEAST, most / loudest);
  });
}

/** Draws the bars of peaks over the whole canvas, mirrored at its middle, at the resolution of the screen. */
export function draw(canvas: HTMLCanvasElement, peaks: Uint8Array, color: string, pixelRatio: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * pixelRatio);
  canvas.height = Math.round(height * pixelRatio);
  const context = canvas.getContext("2d");
  const count = Math.floor((width + STEP - BAR) / STEP);
  if (!context || count <= 0) return;
  context.scale(canvas.width / width, canvas.height / height);
  context.fillStyle = color;
  context.beginPath();
  // The last bar ends at the very end, whatever the width.
  const step = count > 1 ? (width - BAR) / (count - 1) : 0;
  for (const [index, level] of bars(peaks, count).entries()) {
    const tall = Math.max(BAR, level * height);
    context.roundRect(index * step, (height - tall) / 2, BAR, tall, BAR / 2);
  }
  context.fill();
}
