"""Sound extracts (docs/sound-extract.md), as clients make them."""
