import { contentOf } from "./code_words.ts";
import { draw, type Modules } from "./modules.ts";

/** Width of the light quiet zone around a code, in modules. Readers need it to find the code. */
const MARGIN = 4;

/** A code as an SVG path, and its width in modules, including the margin. */
export interface QrCode {
  path: string;
  size: number;
}

/** Returns the QR code of a text: model 2, level M (ISO/IEC 18004). Throws `RangeError` if the text is too long. */
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
