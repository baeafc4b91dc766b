/** Gives a video's name without its ending, as it is renamed. What follows the dot in "Mr. Smith" is none. */
export function stem(name: string): string {
  return name.replace(/(?<=.)\.[\p{L}\p{N}]{1,10}$/u, "");
}
