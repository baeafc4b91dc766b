import { createHash } from "node:crypto";
import { expect, test } from "vitest";

import { contentOf } from "./code_words.ts";
import { modulesOf, qrCodeOf } from "./qr_code.ts";

const ADDRESS =
  "otpauth://totp/Tracklift:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Tracklift";

function written(text: string): string {
  return modulesOf(text)
    .map((line) => line.map(Number).join(""))
    .join("\n");
}

// Computed with Python's qrcode. The cases cover blocks of one and of two lengths, and versions with version information.
test.each([
  ["é", 21, "a43f5cbbcc41fbaa"],
  ["0123456789".repeat(2), 25, "09987caaa35b6ee3"],
  [ADDRESS, 41, "c6593d5cb6ec831e"],
  ["0123456789".repeat(15), 49, "94c7dddbac9a7588"],
  ["0123456789".repeat(25), 61, "0c013a1753fd8159"],
  ["0123456789".repeat(100), 121, "93897ff06dc03e36"],
])("the code of %.12s… has the squares that another implementation draws", (text, size, digest) => {
  expect(modulesOf(text).length).toBe(size);
  expect(createHash("sha256").update(written(text)).digest("hex").slice(0, 16)).toBe(digest);
});

test("a code is drawn as a path with a light margin of four squares", () => {
  const { path, size } = qrCodeOf("Tracklift");

  expect(size).toBe(21 + 8);
  // The first finder pattern begins with a row of seven modules.
  expect(path.startsWith("M4 4h7v1h-7z")).toBe(true);
});

test("a text that no code holds is refused", () => {
  expect(contentOf(new Uint8Array(2331)).version).toBe(40);
  expect(() => contentOf(new Uint8Array(2332))).toThrow(RangeError);
});
