"""A worker's use case with all that it is made of."""

from tracklift_adapters.in_memory.media_losses import InMemoryMediaLosses
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.claiming import Claims
from tracklift_domain.conversion.make_audio import MakeAudio
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository, UpdateFeed
from tracklift_domain.conversion.recording import OutcomeRecorder
from tracklift_domain.conversion.run_conversion import RunConversion
from tracklift_domain.extraction.extract_audio import ExtractAudio
from tracklift_domain.media.ports import MediaLossReporter, MediaStore
from tracklift_domain.user.ports import VerifiedAddresses


def a_worker(
    *,
    conversions: ConversionRepository,
    media: MediaStore,
    extract_audio: ExtractAudio,
    feed: UpdateFeed,
    clock: Clock,
    attempts: AttemptPolicy,
    holder: str = "worker",
    losses: MediaLossReporter | None = None,
    verified: VerifiedAddresses | None = None,
) -> RunConversion:
    """Make a worker."""
    retention, addresses = RetentionPolicy(), verified or InMemoryVerifiedAddresses()
    claims = Claims(
        conversions=conversions,
        clock=clock,
        holder=holder,
        attempts=attempts,
        retention=retention,
        verified=addresses,
    )
    outcomes = OutcomeRecorder(
        conversions=conversions,
        media=media,
        losses=losses or InMemoryMediaLosses(),
        feed=feed,
        clock=clock,
        attempts=attempts,
        retention=retention,
        verified=addresses,
    )
    make_audio = MakeAudio(media=media, extract_audio=extract_audio, feed=feed, attempts=attempts)
    return RunConversion(claims=claims, make_audio=make_audio, outcomes=outcomes, feed=feed, clock=clock)
