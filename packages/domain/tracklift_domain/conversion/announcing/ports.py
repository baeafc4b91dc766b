"""What announcing outcomes again needs from the outside world."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.identifiers import UserId


class ConversionInventory(Protocol):
    """The operator's queries about all conversions after a loss.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    def ended_since(self, time: datetime) -> AsyncIterator[Conversion]:
        """Give the completed and failed conversions that ended at or after that time, in no particular order."""

    @abstractmethod
    async def owners(self) -> Sequence[UserId]:
        """Give the id of each user who owns a conversion, once, in no particular order."""
