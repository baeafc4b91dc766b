import type { Content } from "./code_words.ts";

/** The modules (squares) of a code by row and column; dark ones are true. */
export type Modules = boolean[][];
type Mask = (row: number, column: number) => boolean;

/** ISO/IEC 18004, table 10. */
const MASKS: readonly Mask[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];
const FINDER = /(?=(10111010000|00001011101))/g;

/** A code that is being drawn. The function patterns, by which readers find it, are not masked. */
class Drawing {
  readonly size: number;
  readonly dark: Modules;
  readonly #fixed: Modules;

  constructor(version: number) {
    this.size = 17 + 4 * version;
    this.dark = this.#empty();
    this.#fixed = this.#empty();
    this.#drawTiming();
    this.#drawFinders();
    this.#drawAlignment(version);
    this.#drawVersion(version);
    this.drawFormat(0);
  }

  /** Draws bits in the order of the standard: in pairs of columns from the right, alternately upwards and downwards. */
  drawWords(words: readonly number[]): void {
    let bit = 0;
    let isUp = true;
    for (let right = this.size - 1; right > 0; right -= right === 8 ? 3 : 2) {
      // Skip the column of the timing pattern.
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step++) {
        const row = isUp ? this.size - 1 - step : step;
        for (const column of [right, right - 1]) {
          if (this.#fixed[row]?.[column]) continue;
          this.#put(row, column, Boolean(((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1), false);
          bit++;
        }
      }
      isUp = !isUp;
    }
  }

  /** Inverts the modules that a mask selects. Applying a mask twice restores them. */
  mask(mask: Mask): void {
    this.dark.forEach((line, row) =>
      line.forEach((isDark, column) => {
        if (!this.#fixed[row]?.[column]) line[column] = isDark !== mask(row, column);
      }),
    );
  }

  /** Draws both copies of the format information: the mask and level M (ISO/IEC 18004, 7.9). */
  drawFormat(mask: number): void {
    const bits = withRest(mask, 10, 0x537) ^ 0x5412;
    const last = this.size - 1;
    for (let each = 0; each < 15; each++) {
      const isDark = Boolean((bits >> each) & 1);
      if (each < 8) {
        this.#put(each < 6 ? each : each + 1, 8, isDark);
        this.#put(8, last - each, isDark);
      } else {
        this.#put(8, each === 8 ? 7 : 14 - each, isDark);
        this.#put(last - 14 + each, 8, isDark);
      }
    }
    this.#put(last - 7, 8, true);
  }

  #drawTiming(): void {
    for (let each = 0; each < this.size; each++) {
      this.#put(6, each, each % 2 === 0);
      this.#put(each, 6, each % 2 === 0);
    }
  }

  #drawFinders(): void {
    for (const [row, column] of [
      [3, 3],
      [3, this.size - 4],
      [this.size - 4, 3],
    ] as const) {
      this.#drawRings(row, column, 4, (ring) => ring !== 2 && ring !== 4);
    }
  }

  #drawAlignment(version: number): void {
    const places = alignment(version, this.size);
    const last = places.length - 1;
    places.forEach((row, line) =>
      places.forEach((column, each) => {
        const atFinder = (line === 0 && (each === 0 || each === last)) || (line === last && each === 0);
        if (!atFinder) this.#drawRings(row, column, 2, (ring) => ring !== 1);
      }),
    );
  }

  #drawVersion(version: number): void {
    if (version < 7) return;
    const bits = withRest(version, 12, 0x1f25);
    for (let each = 0; each < 18; each++) {
      const [long, short] = [this.size - 11 + (each % 3), Math.floor(each / 3)];
      const isDark = Boolean((bits >> each) & 1);
      this.#put(long, short, isDark);
      this.#put(short, long, isDark);
    }
  }

  #drawRings(row: number, column: number, width: number, isDark: (ring: number) => boolean): void {
    for (let down = -width; down <= width; down++) {
      for (let right = -width; right <= width; right++) {
        this.#put(row + down, column + right, isDark(Math.max(Math.abs(down), Math.abs(right))));
      }
    }
  }

  #put(row: number, column: number, isDark: boolean, isFixed = true): void {
    const [line, fixed] = [this.dark[row], this.#fixed[row]];
    if (!line || !fixed || column < 0 || column >= this.size) return;
    line[column] = isDark;
    fixed[column] = isFixed;
  }

  #empty(): Modules {
    return Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
  }
}

/** Draws a code with the mask that has the lowest penalty. */
export function draw({ version, words }: Content): Modules {
  const drawing = new Drawing(version);
  drawing.drawWords(words);
  const penalties = MASKS.map((mask, each) => {
    drawing.drawFormat(each);
    drawing.mask(mask);
    const found = penalty(drawing.dark);
    drawing.mask(mask);
    return found;
  });
  const best = penalties.indexOf(Math.min(...penalties));
  drawing.drawFormat(best);
  drawing.mask(MASKS[best] ?? (() => false));
  return drawing.dark;
}

/** Returns the rows, which are also the columns, of the centres of the alignment patterns. */
function alignment(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, each) => size - 7 - (count - 2 - each) * step)];
}

/** Appends to a number the remainder of its division by a polynomial. */
function withRest(number: number, length: number, polynomial: number): number {
  let rest = number;
  for (let each = 0; each < length; each++)
    rest = (rest << 1) ^ ((rest >> (length - 1)) & 1 ? polynomial : 0);
  return (number << length) | (rest & (2 ** length - 1));
}

/** Returns the penalty (ISO/IEC 18004, 7.8.3) for runs, blocks, finder-like patterns and imbalance. */
function penalty(modules: Modules): number {
  const columns = modules.map((_, column) => modules.map((line) => line[column] ?? false));
  let found = 0;
  for (const line of [...modules, ...columns]) {
    const written = line.map(Number).join("");
    for (const [run] of written.matchAll(/0{5,}|1{5,}/g)) found += run.length - 2;
    found += 40 * [...written.matchAll(FINDER)].length;
  }
  for (let row = 1; row < modules.length; row++) {
    for (let column = 1; column < modules.length; column++) {
      const isDark = modules[row]?.[column];
      const others = [modules[row - 1]?.[column - 1], modules[row - 1]?.[column], modules[row]?.[column - 1]];
      if (others.every((other) => other === isDark)) found += 3;
    }
  }
  const dark = modules.flat().filter(Boolean).length / modules.length ** 2;
  return found + 10 * Math.floor(Math.abs(dark * 20 - 10));
}
