"""The use cases of the converter, for any set of adapters."""

from datetime import timedelta

from dependency_injector import containers, providers

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import AudioLedger, ConversionRepository
from tracklift_domain.conversion.running.claiming import Claims
from tracklift_domain.conversion.running.make_audio import MakeAudio
from tracklift_domain.conversion.running.outcome_recorder import OutcomeRecorder
from tracklift_domain.conversion.running.run_conversion import RunConversion
from tracklift_domain.conversion.source_media import ReduceSource
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.extraction.extract_audio import ExtractAudio
from tracklift_domain.extraction.ports import AudioExtractor, VideoInspector, VideoReducer
from tracklift_domain.media.ports import MediaLossReporter, MediaStore
from tracklift_domain.user.ports import VerifiedAddresses


class ConverterUseCases(containers.DeclarativeContainer):
    """The use cases behind the converter's queue."""

    conversions: providers.Dependency[ConversionRepository] = providers.Dependency()
    media: providers.Dependency[MediaStore] = providers.Dependency()
    losses: providers.Dependency[MediaLossReporter] = providers.Dependency()
    feed: providers.Dependency[UpdateFeed] = providers.Dependency()
    inspector: providers.Dependency[VideoInspector] = providers.Dependency()
    extractor: providers.Dependency[AudioExtractor] = providers.Dependency()
    reducer: providers.Dependency[VideoReducer] = providers.Dependency()
    verified: providers.Dependency[VerifiedAddresses] = providers.Dependency()
    ledger: providers.Dependency[AudioLedger] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    holder: providers.Dependency[str] = providers.Dependency(instance_of=str)
    attempts: providers.Dependency[AttemptPolicy] = providers.Dependency()
    retention: providers.Dependency[RetentionPolicy] = providers.Dependency()
    longest_audio: providers.Dependency[timedelta] = providers.Dependency(instance_of=timedelta)

    extract_audio = providers.Singleton(
        ExtractAudio, inspector=inspector, extractor=extractor, longest_audio=longest_audio
    )
    make_audio = providers.Singleton(
        MakeAudio, media=media, extract_audio=extract_audio, feed=feed, attempts=attempts
    )
    claims = providers.Singleton(
        Claims,
        conversions=conversions,
        clock=clock,
        holder=holder,
        attempts=attempts,
        retention=retention,
        verified=verified,
    )
    outcomes = providers.Singleton(
        OutcomeRecorder,
        conversions=conversions,
        media=media,
        losses=losses,
        ledger=ledger,
        feed=feed,
        clock=clock,
        attempts=attempts,
        retention=retention,
        verified=verified,
    )
    run_conversion = providers.Singleton(
        RunConversion,
        claims=claims,
        make_audio=make_audio,
        outcomes=outcomes,
        reduce_source=providers.Singleton(
            ReduceSource, conversions=conversions, media=media, reducer=reducer, attempts=attempts
        ),
        feed=feed,
        clock=clock,
    )
