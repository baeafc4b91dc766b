"""What a store does for a reader of one of its files."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError


class BlockSource(Protocol):
    """A stored file that is fetched in blocks, by any number of threads at once.

    All blocks have the same size but for the last one, and are counted from 0. Some hundred KB are a good size.
    """

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes of the file."""

    @property
    @abstractmethod
    def block_size(self) -> int:
        """Bytes of a block."""

    @abstractmethod
    def fetch(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        """Fetch blocks, which need not lie together, and give them by number. Blocks that are not whole are left out.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """

    @abstractmethod
    def loss(self) -> MediaLostError | MediaNotFoundError:
        """Tell why a block is missing: bytes are lost, or the file was deleted meanwhile.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """
