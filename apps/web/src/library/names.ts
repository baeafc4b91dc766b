/** Returns a video's name without its extension, for renaming. In "Mr. Smith", the part after the dot is no extension. */
export function stem(name: string): string {
  return name.replace(/(?<=.)\.[\p{L}\p{N}]{1,10}$/u, "");
}
