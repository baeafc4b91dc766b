/** What is dragged over the window now. */
class Drops {
  /** Above 0 while it is files: how many elements they have entered and not left. */
  over = $state(0);
}

export const drops = new Drops();
