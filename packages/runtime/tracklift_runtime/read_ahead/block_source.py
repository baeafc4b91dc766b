"""What a store must implement so that its files can be read in blocks."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError


class BlockSource(Protocol):
    """A stored file that is fetched in blocks, by any number of threads concurrently.

    All blocks except the last have the same size, and they are counted from 0. A few hundred KB is a good size.
    """

    @property
    @abstractmethod
    def size(self) -> int:
        """The size of the file in bytes."""

    @property
    @abstractmethod
    def block_size(self) -> int:
        """The size of a block in bytes."""

    @abstractmethod
    def fetch(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        """Fetch blocks, which need not be adjacent, and return them by number. Incomplete blocks are left out.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """

    @abstractmethod
    def loss(self) -> MediaLostError | MediaNotFoundError:
        """Return the reason why a block is missing: bytes are lost, or the file was deleted meanwhile.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """
