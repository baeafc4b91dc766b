"""Everything around the use cases of conversions, kept in memory, with faults where a test plans them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property

from typing_extensions import override

from tests.contracts.examples import ADA, NOW
from tests.unit import settings
from tests.unit.faults import (
    Act,
    Faults,
    UnreliableBroker,
    UnreliableConversions,
    UnreliableFeed,
    UnreliableGrowingMedia,
    UnreliableMedia,
)
from tracklift_adapters.in_memory.access_ends import InMemoryAccessEndRepository
from tracklift_adapters.in_memory.audio_ledger import InMemoryAudioLedger
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_adapters.in_memory.growing_media import InMemoryGrowingMedia
from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers
from tracklift_adapters.in_memory.media_losses import InMemoryMediaLosses
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_adapters.in_memory.user_quotas import InMemoryUserQuotas
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_converter import container as converter
from tracklift_domain.conversion.announcing.announce_unconfirmed_outcomes import AnnounceUnconfirmedOutcomes
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.library.cancel_conversion import CancelConversion
from tracklift_domain.conversion.library.download_audio import DownloadAudio
from tracklift_domain.conversion.library.retry_conversion import RetryConversion
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.removal.delete_conversion import DeleteConversion
from tracklift_domain.conversion.removal.expire_conversions import ExpireConversions
from tracklift_domain.conversion.removal.sweep_media import SweepMedia
from tracklift_domain.conversion.running.request_stalled_conversions import RequestStalledConversions
from tracklift_domain.conversion.running.run_conversion import RunConversion
from tracklift_domain.events import Event
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import NotReducibleError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.ports import AudioExtractor, VideoInspector, VideoReducer
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.ports import SeekableReader
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.upload.convert_again import ConvertAgain
from tracklift_domain.upload.errors import NotAVideoError
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.ports import FileKinds
from tracklift_domain.upload.submit_conversion import SubmitConversion, VideoUpload
from tracklift_domain.user.access.ended_access import EndedAccess, EndedAccessPolicy
from tracklift_gateway import container as gateway
from tracklift_gateway.use_cases import GatewayUseCases

VIDEO = b"a made-up video"
MP3 = (b"ID3", b"a made-up ", b"MP3")
LIMITS = UploadLimits(largest_video=1_000, unfinished_per_user=3)
RETENTION = RetentionPolicy(source=timedelta(0))
"""Most tests are about one conversion of a video, which goes with its outcome then."""
ATTEMPTS = AttemptPolicy(
    attempts=3, watch_every=timedelta(milliseconds=1), storage_pause=timedelta(milliseconds=1)
)
"""Looks often, so that no test waits for a worker that looks seldom."""
MINUTE_OF_AUDIO = VideoTraits(
    audio_tracks=(AudioTrack(codec="mp4a", sample_rate=44_100, channels=2, duration=60.0),)
)


class ScriptedKinds(FileKinds):
    """Takes every file for a video that does not begin with "text"."""

    @property
    @override
    def enough(self) -> int:
        return 4

    @property
    @override
    def most(self) -> int:
        return 10

    @override
    def require_video(self, head: bytes) -> None:
        if head.startswith(b"text"):
            raise NotAVideoError("This is a text")


class ScriptedInspector(VideoInspector):
    """Finds in every video what it is told to find."""

    def __init__(self) -> None:
        self.traits = MINUTE_OF_AUDIO
        self.acts: list[Act] = []
        """What happens during the next inspection."""

    @override
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        while self.acts:
            await self.acts.pop(0)()
        return self.traits


class ScriptedExtractor(AudioExtractor):
    """Makes the same MP3 of everything, and does on the way what it is told to do."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        """What happens during the next extraction, after half of it was reported."""
        self.chunks: Callable[[], AsyncIterator[bytes]] = mp3
        self.decoded = 60.0
        self.track = 0
        self.damage: Damage | None = None
        self.at_work = 0
        """How many contexts are open: temporary files lie around while one is."""

    @override
    @asynccontextmanager
    async def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AsyncIterator[ExtractedAudio]:
        self.at_work += 1
        try:
            report(Progress(0.5, 30.0))
            while self.acts:
                await self.acts.pop(0)()
            yield ExtractedAudio(
                size=16,
                duration=60.02,
                decoded=self.decoded,
                bitrate=192,
                track=self.track,
                damage=self.damage,
                peaks=b"\x00\x80\xff",
                chunks=self.chunks,
            )
        finally:
            self.at_work -= 1


class ScriptedReducer(VideoReducer):
    """Makes the same of every video, or finds that it can't."""

    def __init__(self) -> None:
        self.reduces = True
        self.acts: list[Act] = []
        """What happens during the next reduction, after its first chunk."""

    @override
    async def reduce(self, video: SeekableReader) -> AsyncIterator[bytes]:
        if not self.reduces:
            raise NotReducibleError("it is as small as it can be")
        yield video.read(5)
        while self.acts:
            await self.acts.pop(0)()
        yield b" sound"


async def mp3() -> AsyncIterator[bytes]:
    """Give the MP3 that every video contains."""
    for chunk in MP3:
        yield chunk


async def in_chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    """Give bytes as a client does that sends them all."""
    for chunk in chunks:
        yield chunk


def an_upload(
    chunks: AsyncIterator[bytes] | None = None,
    *,
    name: str | None = "talk.mp4",
    options: Callable[[], AudioOptions] = AudioOptions,
    declared_size: int | None = None,
    most_bytes: int | None = None,
    key: str | None = None,
) -> VideoUpload:
    """Make an upload that arrives whole, unless other chunks are given."""
    return VideoUpload(
        name=name,
        chunks=in_chunks(VIDEO[:5], VIDEO[5:]) if chunks is None else chunks,
        options=options,
        declared_size=declared_size,
        most_bytes=most_bytes,
        idempotency_key=key,
    )


class Workshop:
    """The use cases over shared storage. `stored` and `files` show what is there, beside all faults."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.identifiers = SequentialIdentifiers()
        self.outbox = InMemoryOutbox()
        self.stored = InMemoryConversionRepository(self.outbox)
        self.files = InMemoryMediaStore(self.clock)
        self.growth = InMemoryGrowingMedia(self.files, self.clock)
        self.losses = InMemoryMediaLosses()
        self.faults = Faults()
        self.broker = UnreliableBroker(InMemoryEventBroker(self.clock, RedeliveryPolicy()), self.faults)
        self.conversions = UnreliableConversions(self.stored, self.faults)
        self.media = UnreliableMedia(self.files, self.faults)
        self.growing = UnreliableGrowingMedia(self.growth, self.faults)
        self.feed = UnreliableFeed(InMemoryUpdateFeed(), self.faults)
        self.verified = InMemoryVerifiedAddresses()
        self.ledger = InMemoryAudioLedger()
        self.user_quotas = InMemoryUserQuotas()
        self.ended_access = EndedAccess(
            ends=InMemoryAccessEndRepository(), clock=self.clock, policy=EndedAccessPolicy()
        )
        self.kinds = ScriptedKinds()
        self.inspector = ScriptedInspector()
        self.extractor = ScriptedExtractor()
        self.reducer = ScriptedReducer()

    @cached_property
    def gateway(self) -> GatewayUseCases:
        """The gateway of this workshop."""
        return self._wire_gateway(RETENTION, LIMITS)

    def submit(
        self, *, retention: RetentionPolicy = RETENTION, limits: UploadLimits = LIMITS
    ) -> SubmitConversion:
        """Make the use case that takes in videos; with other policies it is another gateway's."""
        if retention is RETENTION and limits is LIMITS:
            return self.gateway.submit_conversion()
        return self._wire_gateway(retention, limits).submit_conversion()

    def run(
        self,
        holder: str = "worker",
        *,
        faults: Faults | None = None,
        attempts: AttemptPolicy = ATTEMPTS,
        retention: RetentionPolicy = RETENTION,
    ) -> RunConversion:
        """Make a worker; with faults of its own it is another machine."""
        adapters = {
            **self._adapters(faults),
            "attempts": attempts,
            "retention": retention,
            "holder": holder,
            "inspector": self.inspector,
            "extractor": self.extractor,
            "reducer": self.reducer,
        }
        return converter.build(settings.CONVERTER, adapters).use_cases().run_conversion()

    def download(self) -> DownloadAudio:
        """Make the use case that hands out MP3s."""
        return self.gateway.download_audio()

    def cancel(self) -> CancelConversion:
        """Make the use case that stops conversions."""
        return self.gateway.cancel_conversion()

    def delete(self) -> DeleteConversion:
        """Make the use case that deletes conversions."""
        return self.gateway.delete_conversion()

    def retry(self) -> RetryConversion:
        """Make the use case that tries conversions again."""
        return self.gateway.retry_conversion()

    def again(self) -> ConvertAgain:
        """Make the use case that makes more conversions of a video."""
        return self.gateway.convert_again()

    def expire(self) -> ExpireConversions:
        """Make the use case that ends what has outlived its time."""
        return self.gateway.expire_conversions()

    def sweep(self) -> SweepMedia:
        """Make the use case that deletes what no conversion needs."""
        return self.gateway.sweep_media()

    def request_stalled(self) -> RequestStalledConversions:
        """Make the use case that announces again what stands still."""
        return self.gateway.request_stalled_conversions()

    def announce_unconfirmed(self) -> AnnounceUnconfirmedOutcomes:
        """Make the use case that announces again what is not confirmed."""
        return self.gateway.announce_unconfirmed_outcomes()

    def _wire_gateway(self, retention: RetentionPolicy, limits: UploadLimits) -> GatewayUseCases:
        adapters = {
            **self._adapters(),
            "retention": retention,
            "user_quotas": self.user_quotas,
            "limits": limits,
            "growing": self.growing,
            "kinds": self.kinds,
            "identifiers": self.identifiers,
            "broker": self.broker,
            "ended_access": self.ended_access,
        }
        return gateway.build(settings.GATEWAY, adapters).use_cases()

    def _adapters(self, faults: Faults | None = None) -> dict[str, object]:
        return {
            "clock": self.clock,
            "conversions": UnreliableConversions(self.stored, faults) if faults else self.conversions,
            "media": UnreliableMedia(self.files, faults) if faults else self.media,
            "losses": self.losses,
            "feed": self.feed,
            "verified": self.verified,
            "ledger": self.ledger,
            "attempts": ATTEMPTS,
            "retention": RETENTION,
        }

    async def keep(self, conversion: Conversion) -> Conversion:
        """Store a conversion as if it had got there by itself, with the files that it needs."""
        await self.stored.add(conversion)
        await self.files.write(conversion.source_media_id, in_chunks(VIDEO))
        if conversion.audio is not None:
            await self.files.write(conversion.audio.media_id, in_chunks(*MP3))
        for media_id in await self.media_ids():
            if not conversion.needs(media_id) and media_id.startswith(conversion.id):
                await self.files.delete(media_id)
        return conversion

    async def owned(self) -> Sequence[Conversion]:
        """Give all conversions of Ada's."""
        return await self.stored.list_owned(ADA, limit=1_000)

    async def the_conversion(self) -> Conversion:
        """Give the only conversion that there is."""
        (conversion,) = await self.owned()
        return conversion

    async def media_ids(self) -> set[MediaId]:
        """Give the ids of all stored files."""
        return {stored.id async for stored in self.files.list_stored_before(NOW + timedelta(days=10_000))}

    async def events(self) -> list[Event]:
        """Give all events that wait to be published."""
        return list(await self.outbox.pending(limit=1_000))
