"""What uploads need from the outside world."""

from abc import abstractmethod
from typing import Protocol


class FileKinds(Protocol):
    """Tells videos from other files by their first bytes."""

    @property
    @abstractmethod
    def enough(self) -> int:
        """How many bytes of a file's beginning are enough to tell."""

    @property
    @abstractmethod
    def most(self) -> int:
        """How many bytes are of use at the most, to say what a file is instead."""

    @abstractmethod
    def require_video(self, head: bytes) -> None:
        """Look at the beginning of a file.

        Raises:
            NotAVideoError: it is certainly none that could be converted. Whether others are shows later.
        """
