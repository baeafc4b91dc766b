from pathlib import Path


class UnusableQueueFileError(Exception):
    """The file can't serve as the queue, now or later: somebody must look at it. It was left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The file {path} can't be used as the local queue: {reason}.")
        self.path = path
        self.reason = reason
