"""Live updates of conversions, and who gets them."""
