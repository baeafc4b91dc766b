"""Reading the structure of MP4 files without decoding them."""
