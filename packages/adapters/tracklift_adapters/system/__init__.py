"""The machine's clock and identifiers."""
