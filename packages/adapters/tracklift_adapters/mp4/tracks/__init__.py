"""The audio tracks: how they are coded, and what a player plays of them."""
