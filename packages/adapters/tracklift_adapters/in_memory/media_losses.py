from typing_extensions import override

from tracklift_domain.conversion.ports import MediaLossReporter
from tracklift_domain.identifiers import MediaId


class InMemoryMediaLosses(MediaLossReporter):
    """Remembers all losses."""

    def __init__(self) -> None:
        self.reported: list[MediaId] = []

    @override
    def report(self, media_id: MediaId) -> None:
        self.reported.append(media_id)
