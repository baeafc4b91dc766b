"""How many events are published, and how conversions end."""

from prometheus_client import Counter
from typing_extensions import override

from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.events import Event
from tracklift_domain.messaging.ports import EventPublisher

_PUBLISHED = Counter("tracklift_events_published", "Events that the broker has confirmed.", ["type"])
_ENDED = Counter(
    "tracklift_conversions_ended",
    "Conversions that ended: completed, or the code of the failure. Cancelled ones are not announced.",
    ["outcome"],
)
_AUDIO_SECONDS = Counter("tracklift_audio_seconds", "Seconds of audio in the MP3s that were made.")
_AUDIO_BYTES = Counter("tracklift_audio_bytes", "Bytes of the MP3s that were made.")


class CountedPublisher(EventPublisher):
    """Publishes through another publisher, and counts what it has confirmed.

    An event that a crash has published twice counts twice.
    """

    def __init__(self, publisher: EventPublisher) -> None:
        self._publisher = publisher

    @override
    async def publish(self, event: Event) -> None:
        await self._publisher.publish(event)
        _PUBLISHED.labels(event.type).inc()
        if isinstance(event, ConversionCompleted):
            _ENDED.labels("completed").inc()
            _AUDIO_SECONDS.inc(event.audio_duration)
            _AUDIO_BYTES.inc(event.audio_size)
        elif isinstance(event, ConversionFailed):
            _ENDED.labels(event.code).inc()
