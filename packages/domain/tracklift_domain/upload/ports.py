"""What uploads need from the outside world."""

from abc import abstractmethod
from typing import Protocol


class FileKinds(Protocol):
    """Distinguishes videos from other files by their first bytes."""

    @property
    @abstractmethod
    def enough(self) -> int:
        """How many bytes from the beginning of a file are enough for `require_video`."""

    @property
    @abstractmethod
    def most(self) -> int:
        """How many bytes are useful at most: more than `enough` helps to name the type of a file that is no video."""

    @abstractmethod
    def require_video(self, head: bytes) -> None:
        """Check the beginning of a file.

        Raises:
            NotAVideoError: the file certainly can't be converted. One that passes may still turn out to be unusable.
        """
