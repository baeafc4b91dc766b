"""Where the samples of tracks and fragments lie, and how long they last."""
