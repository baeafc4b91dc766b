/** Whether files are being dragged over the window. */
class Drops {
  /** The number of elements that the dragged files have entered and not left; 0 if none are dragged. */
  over = $state(0);
}

export const drops = new Drops();
