"""The use cases of the gateway, on whichever adapters an app has."""

from dependency_injector import containers, providers

from tracklift_adapters.http.session_cookies import SessionCookies
from tracklift_adapters.http.sign_in_cookie import SignInCookie
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.announce_unconfirmed_outcomes import AnnounceUnconfirmedOutcomes
from tracklift_domain.conversion.cancel_conversion import CancelConversion
from tracklift_domain.conversion.delete_conversion import DeleteConversion, DeleteConversionsOfUser
from tracklift_domain.conversion.download_audio import DownloadAudio
from tracklift_domain.conversion.end_streams import EndStreams
from tracklift_domain.conversion.expire_conversions import ExpireConversions
from tracklift_domain.conversion.get_conversion import GetConversion
from tracklift_domain.conversion.list_conversions import ListConversions
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository, UpdateFeed
from tracklift_domain.conversion.request_stalled_conversions import RequestStalledConversions
from tracklift_domain.conversion.retry_conversion import RetryConversion
from tracklift_domain.conversion.sweep_media import SweepMedia
from tracklift_domain.conversion.watch_conversions import WatchConversions
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.media.ports import MediaLossReporter, MediaStore
from tracklift_domain.messaging.handlers_by_type import HandlersByType
from tracklift_domain.messaging.ports import EventPublisher, EventQueues
from tracklift_domain.notification.note_handled_outcome import NoteHandledOutcome
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.submit_conversion import SubmitConversion
from tracklift_domain.user.events import SessionsEnded, UserEmailVerified
from tracklift_domain.user.identify_bearer import IdentifyBearer
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_domain.user.ports import AccessTokenVerifier, ApiKeyVerifier, VerifiedAddresses
from tracklift_domain.user.remember_verified_address import RememberVerifiedAddress
from tracklift_domain.user.require_verified_address import RequireVerifiedAddress
from tracklift_gateway.browser_sessions import BrowserSessions
from tracklift_gateway.provider_sign_in import ProviderSignIn
from tracklift_gateway.sign_in import SignIn
from tracklift_gateway.upload_rate import UploadRate


class GatewayUseCases(containers.DeclarativeContainer):
    """The use cases behind the gateway's routes, its events and its housekeeping."""

    conversions: providers.Dependency[ConversionRepository] = providers.Dependency()
    media: providers.Dependency[MediaStore] = providers.Dependency()
    losses: providers.Dependency[MediaLossReporter] = providers.Dependency()
    feed: providers.Dependency[UpdateFeed] = providers.Dependency()
    publisher: providers.Dependency[EventPublisher] = providers.Dependency()
    queues: providers.Dependency[EventQueues] = providers.Dependency()
    verifier: providers.Dependency[AccessTokenVerifier] = providers.Dependency()
    api_keys: providers.Dependency[ApiKeyVerifier] = providers.Dependency()
    sign_in: providers.Dependency[SignIn] = providers.Dependency()
    browser_sessions: providers.Dependency[BrowserSessions] = providers.Dependency()
    provider_sign_in: providers.Dependency[ProviderSignIn] = providers.Dependency()
    public_url: providers.Dependency[str] = providers.Dependency(instance_of=str)
    verified: providers.Dependency[VerifiedAddresses] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    identifiers: providers.Dependency[IdentifierSource] = providers.Dependency()
    limits: providers.Dependency[UploadLimits] = providers.Dependency()
    retention: providers.Dependency[RetentionPolicy] = providers.Dependency()
    attempts: providers.Dependency[AttemptPolicy] = providers.Dependency()
    event_streams_per_user: providers.Dependency[int] = providers.Dependency(instance_of=int)
    verified_required: providers.Dependency[bool] = providers.Dependency(instance_of=bool)
    uploads_per_hour: providers.Dependency[int] = providers.Dependency(instance_of=int)

    identify_caller = providers.Singleton(IdentifyCaller, verifier=verifier, clock=clock)
    identify_bearer = providers.Singleton(IdentifyBearer, identify_caller=identify_caller, keys=api_keys)
    session_cookies = providers.Singleton(SessionCookies, public_url)
    require_verified_address = providers.Singleton(
        RequireVerifiedAddress, verified=verified, required=verified_required
    )
    sign_in_cookie = providers.Singleton(SignInCookie, public_url)
    submit_conversion = providers.Singleton(
        SubmitConversion,
        conversions=conversions,
        media=media,
        feed=feed,
        clock=clock,
        identifiers=identifiers,
        limits=limits,
        retention=retention,
        attempts=attempts,
    )
    upload_rate = providers.Singleton(UploadRate, uploads_per_hour)
    get_conversion = providers.Singleton(GetConversion, conversions=conversions)
    list_conversions = providers.Singleton(ListConversions, conversions=conversions)
    watch_conversions = providers.Singleton(
        WatchConversions, conversions=conversions, feed=feed, streams_per_user=event_streams_per_user
    )
    download_audio = providers.Singleton(DownloadAudio, conversions=conversions, media=media, losses=losses)
    cancel_conversion = providers.Singleton(
        CancelConversion, conversions=conversions, media=media, feed=feed, clock=clock, retention=retention
    )
    retry_conversion = providers.Singleton(
        RetryConversion, conversions=conversions, feed=feed, clock=clock, attempts=attempts
    )
    delete_conversion = providers.Singleton(DeleteConversion, conversions=conversions, media=media)
    delete_conversions_of_user = providers.Singleton(
        DeleteConversionsOfUser,
        conversions=conversions,
        feed=feed,
        verified=verified,
        delete_conversion=delete_conversion,
    )
    remember_verified_address = providers.Singleton(RememberVerifiedAddress, verified=verified)
    end_streams = providers.Singleton(EndStreams, feed=feed)
    follow_accounts = providers.Singleton(
        HandlersByType,
        providers.Dict({UserEmailVerified: remember_verified_address, SessionsEnded: end_streams}),
    )
    expire_conversions = providers.Singleton(
        ExpireConversions, conversions=conversions, media=media, feed=feed, clock=clock, retention=retention
    )
    sweep_media = providers.Singleton(
        SweepMedia, conversions=conversions, media=media, clock=clock, retention=retention
    )
    request_stalled_conversions = providers.Singleton(
        RequestStalledConversions,
        conversions=conversions,
        queues=queues,
        clock=clock,
        retention=retention,
        attempts=attempts,
    )
    announce_unconfirmed_outcomes = providers.Singleton(
        AnnounceUnconfirmedOutcomes,
        conversions=conversions,
        publisher=publisher,
        queues=queues,
        clock=clock,
        retention=retention,
    )
    note_handled_outcome = providers.Singleton(NoteHandledOutcome, conversions=conversions)
