/** QR codes use Reed-Solomon codes over GF(256) with the polynomial x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004, 7.5). */
const POLYNOMIAL = 0x11d;

/** Returns the generator polynomial for `length` code words, without its leading 1. */
function generator(length: number): number[] {
  const factors: number[] = Array.from({ length }, (_, each) => (each === length - 1 ? 1 : 0));
  let root = 1;
  for (let round = 0; round < length; round++) {
    for (let each = 0; each < length; each++)
      factors[each] = multiply(factors[each] ?? 0, root) ^ (factors[each + 1] ?? 0);
    root = multiply(root, 2);
  }
  return factors;
}

/** Returns the error correction code words of a block of data. */
export function correction(data: readonly number[], length: number): number[] {
  const factors = generator(length);
  const rest: number[] = new Array<number>(length).fill(0);
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    factors.forEach((each, place) => (rest[place] = (rest[place] ?? 0) ^ multiply(each, factor)));
  }
  return rest;
}

function multiply(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? POLYNOMIAL : 0);
    if ((other >> bit) & 1) product ^= one;
  }
  return product & 0xff;
}
