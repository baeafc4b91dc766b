"""A module that counts its rehearsals where an engine can tell of them."""

import os

COUNT = "REHEARSALS"


def rehearse() -> None:
    """Count one more."""
    os.environ[COUNT] = str(int(os.environ.get(COUNT, "0")) + 1)
