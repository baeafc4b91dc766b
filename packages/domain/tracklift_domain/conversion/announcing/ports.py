"""What announcing outcomes again needs from the outside world."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.identifiers import UserId


class ConversionInventory(Protocol):
    """What the operator asks about all conversions, after a loss.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    def ended_since(self, time: datetime) -> AsyncIterator[Conversion]:
        """Give those that completed or failed at that time or later and still are so, in no particular order."""

    @abstractmethod
    async def owners(self) -> Sequence[UserId]:
        """Name everybody who owns a conversion, each once, in no particular order."""
