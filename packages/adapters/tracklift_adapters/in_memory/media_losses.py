from typing_extensions import override

from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.ports import MediaLossReporter


class InMemoryMediaLosses(MediaLossReporter):
    """Remembers all losses."""

    def __init__(self) -> None:
        self.reported: list[MediaId] = []

    @override
    def report(self, media_id: MediaId) -> None:
        self.reported.append(media_id)
