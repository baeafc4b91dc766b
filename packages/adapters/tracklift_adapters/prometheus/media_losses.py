"""How many stored files are lost."""

from prometheus_client import Counter
from typing_extensions import override

from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.ports import MediaLossReporter

_LOST = Counter(
    "tracklift_media_lost",
    "Times that a stored file was needed and found missing or damaged: a video by a converter, an MP3 by a download.",
    ["kind"],
)
# From the start, as Prometheus sees no increase in a figure that begins with one.
_VIDEOS, _AUDIO = _LOST.labels("video"), _LOST.labels("audio")


class CountedMediaLosses(MediaLossReporter):
    """Counts losses by what is lost."""

    @override
    def report(self, media_id: MediaId) -> None:
        (_VIDEOS if media_id.endswith(".source") else _AUDIO).inc()
