"""How events get from the service where they happen to those that act on them."""
