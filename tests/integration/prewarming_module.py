"""A module that counts how often it is prewarmed, in a variable that an engine can report."""

import os

COUNT = "PREWARMED"


def prewarm() -> None:
    """Count one more."""
    os.environ[COUNT] = str(int(os.environ.get(COUNT, "0")) + 1)
