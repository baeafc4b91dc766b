import { contentOf } from "./code_words.ts";
import { draw, type Modules } from "./modules.ts";

/** Squares that stay light around a code, so that readers find it. */
const MARGIN = 4;

/** A code as the path of an SVG, and how many squares it is wide with its margin. */
export interface QrCode {
  path: string;
  size: number;
}

/** Makes the QR code of a text, of model 2 and level M (ISO/IEC 18004). Throws `RangeError` if the text is too long. */
export function qrCodeOf(text: string): QrCode {
  const modules = modulesOf(text);
  return { path: modules.map(lineOf).join(""), size: modules.length + 2 * MARGIN };
}

export function modulesOf(text: string): Modules {
  return draw(contentOf(new TextEncoder().encode(text)));
}

function lineOf(line: boolean[], row: number): string {
  const runs = line.map(Number).join("").matchAll(/1+/g);
  return [...runs]
    .map((run) => `M${run.index + MARGIN} ${row + MARGIN}h${run[0].length}v1h-${run[0].length}z`)
    .join("");
}
