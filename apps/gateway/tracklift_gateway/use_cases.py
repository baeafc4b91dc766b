"""The use cases of the gateway, for any set of adapters."""

from dependency_injector import containers, providers

from tracklift_adapters.http.callers.host_cookies import HostCookies
from tracklift_adapters.http.callers.key_look_ups import KeyLookUps
from tracklift_adapters.http.callers.session_cookies import SessionCookies
from tracklift_adapters.http.callers.sign_in_cookie import SignInCookie
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.announcing.announce_unconfirmed_outcomes import AnnounceUnconfirmedOutcomes
from tracklift_domain.conversion.library.cancel_conversion import CancelConversion
from tracklift_domain.conversion.library.count_conversions import CountConversions
from tracklift_domain.conversion.library.download_archive import DownloadArchive
from tracklift_domain.conversion.library.download_audio import DownloadAudio
from tracklift_domain.conversion.library.get_conversion import GetConversion
from tracklift_domain.conversion.library.get_peaks import GetPeaks
from tracklift_domain.conversion.library.list_all_conversions import ListAllConversions
from tracklift_domain.conversion.library.list_conversions import ListConversions
from tracklift_domain.conversion.library.rename_conversion import RenameConversion
from tracklift_domain.conversion.library.retry_conversion import RetryConversion
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import AudioLedger, ConversionRepository
from tracklift_domain.conversion.removal.delete_conversion import DeleteConversion, DeleteConversionsOfUser
from tracklift_domain.conversion.removal.expire_conversions import ExpireConversions
from tracklift_domain.conversion.removal.sweep_media import SweepMedia
from tracklift_domain.conversion.running.redrive_dead_letter import RedriveDeadLetter
from tracklift_domain.conversion.running.request_stalled_conversions import RequestStalledConversions
from tracklift_domain.conversion.watching.end_access import EndAccess
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.conversion.watching.watch_conversions import WatchConversions
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.media.ports import GrowingMedia, MediaLossReporter, MediaStore
from tracklift_domain.messaging.handlers_by_type import HandlersByType
from tracklift_domain.messaging.ports import DeadLetters, EventPublisher, EventQueues, EventReader
from tracklift_domain.notification.note_handled_outcome import NoteHandledOutcome
from tracklift_domain.upload.append_to_upload import AppendToUpload
from tracklift_domain.upload.begin_upload import BeginUpload
from tracklift_domain.upload.begin_upload_with_bytes import BeginUploadWithBytes
from tracklift_domain.upload.complete_upload import CompleteUpload
from tracklift_domain.upload.convert_again import ConvertAgain
from tracklift_domain.upload.discard_upload import DiscardUpload
from tracklift_domain.upload.get_upload import GetUpload
from tracklift_domain.upload.new_uploads import NewUploads
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.ports import FileKinds
from tracklift_domain.upload.submit_conversion import SubmitConversion
from tracklift_domain.upload.upload_holder import UploadHolder
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.user.access.ended_access import EndedAccess
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.access.identify_caller import IdentifyCaller
from tracklift_domain.user.access.ports import AccessTokenVerifier
from tracklift_domain.user.access.require_verified_address import RequireVerifiedAddress
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer
from tracklift_domain.user.api_key.remember_api_keys import RememberApiKeys
from tracklift_domain.user.events import UserEmailVerified, UserQuotaChanged
from tracklift_domain.user.ports import UserQuotas, VerifiedAddresses
from tracklift_domain.user.remember_user_quota import RememberUserQuota
from tracklift_domain.user.remember_verified_address import RememberVerifiedAddress
from tracklift_gateway.browser_sessions import BrowserSessions
from tracklift_gateway.provider_sign_in import ProviderSignIn
from tracklift_gateway.upload_rate import UploadRate


class GatewayUseCases(containers.DeclarativeContainer):
    """The use cases behind the gateway's routes, its events and its housekeeping."""

    conversions: providers.Dependency[ConversionRepository] = providers.Dependency()
    media: providers.Dependency[MediaStore] = providers.Dependency()
    growing: providers.Dependency[GrowingMedia] = providers.Dependency()
    kinds: providers.Dependency[FileKinds] = providers.Dependency()
    losses: providers.Dependency[MediaLossReporter] = providers.Dependency()
    feed: providers.Dependency[UpdateFeed] = providers.Dependency()
    publisher: providers.Dependency[EventPublisher] = providers.Dependency()
    queues: providers.Dependency[EventQueues] = providers.Dependency()
    dead_letters: providers.Dependency[DeadLetters] = providers.Dependency()
    read_event: providers.Dependency[EventReader] = providers.Dependency()
    verifier: providers.Dependency[AccessTokenVerifier] = providers.Dependency()
    api_keys: providers.Dependency[RememberApiKeys] = providers.Dependency()
    browser_sessions: providers.Dependency[BrowserSessions] = providers.Dependency()
    provider_sign_in: providers.Dependency[ProviderSignIn] = providers.Dependency()
    public_url: providers.Dependency[str] = providers.Dependency(instance_of=str)
    ended_access: providers.Dependency[EndedAccess] = providers.Dependency()
    verified: providers.Dependency[VerifiedAddresses] = providers.Dependency()
    ledger: providers.Dependency[AudioLedger] = providers.Dependency()
    user_quotas: providers.Dependency[UserQuotas] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    identifiers: providers.Dependency[IdentifierSource] = providers.Dependency()
    limits: providers.Dependency[UploadLimits] = providers.Dependency()
    retention: providers.Dependency[RetentionPolicy] = providers.Dependency()
    attempts: providers.Dependency[AttemptPolicy] = providers.Dependency()
    event_streams_per_user: providers.Dependency[int] = providers.Dependency(instance_of=int)
    verified_required: providers.Dependency[bool] = providers.Dependency(instance_of=bool)
    uploads_per_hour: providers.Dependency[int] = providers.Dependency(instance_of=int)

    identify_caller = providers.Singleton(
        IdentifyCaller, verifier=verifier, clock=clock, ended_access=ended_access
    )
    key_look_ups = providers.Singleton(KeyLookUps, api_keys.provided.remembers)
    identify_bearer = providers.Singleton(IdentifyBearer, identify_caller=identify_caller, keys=api_keys)
    host_cookies = providers.Singleton(HostCookies, public_url)
    session_cookies = providers.Singleton(SessionCookies, public_url)
    require_verified_address = providers.Singleton(
        RequireVerifiedAddress, verified=verified, required=verified_required
    )
    sign_in_cookie = providers.Singleton(SignInCookie, public_url)
    upload_quotas = providers.Singleton(
        UploadQuotas, conversions=conversions, ledger=ledger, quotas=user_quotas, clock=clock, limits=limits
    )
    new_uploads = providers.Singleton(
        NewUploads, clock=clock, identifiers=identifiers, verified=verified, attempts=attempts
    )
    submit_conversion = providers.Singleton(
        SubmitConversion,
        conversions=conversions,
        media=media,
        feed=feed,
        clock=clock,
        new_uploads=new_uploads,
        quotas=upload_quotas,
        retention=retention,
    )
    begin_upload = providers.Singleton(
        BeginUpload,
        conversions=conversions,
        growing=growing,
        feed=feed,
        clock=clock,
        new_uploads=new_uploads,
        quotas=upload_quotas,
        retention=retention,
    )
    append_to_upload = providers.Singleton(
        AppendToUpload,
        conversions=conversions,
        growing=growing,
        media=media,
        kinds=kinds,
        feed=feed,
        clock=clock,
        holder=providers.Singleton(UploadHolder, conversions, clock, identifiers, retention),
        complete=providers.Singleton(
            CompleteUpload, growing=growing, media=media, kinds=kinds, feed=feed, clock=clock
        ),
    )
    get_upload = providers.Singleton(
        GetUpload, conversions=conversions, growing=growing, clock=clock, append_to_upload=append_to_upload
    )
    discard_upload = providers.Singleton(
        DiscardUpload, conversions=conversions, media=media, feed=feed, clock=clock
    )
    begin_upload_with_bytes = providers.Singleton(
        BeginUploadWithBytes, begin=begin_upload, append=append_to_upload, discard=discard_upload
    )
    upload_rate = providers.Singleton(UploadRate, uploads_per_hour)
    get_conversion = providers.Singleton(GetConversion, conversions=conversions)
    list_conversions = providers.Singleton(ListConversions, conversions=conversions)
    list_all_conversions = providers.Singleton(ListAllConversions, conversions=conversions)
    count_conversions = providers.Singleton(CountConversions, conversions=conversions)
    redrive_dead_letter = providers.Singleton(
        RedriveDeadLetter,
        dead_letters=dead_letters,
        read_event=read_event,
        conversions=conversions,
        clock=clock,
        attempts=attempts,
    )
    watch_conversions = providers.Singleton(
        WatchConversions, conversions=conversions, feed=feed, streams_per_user=event_streams_per_user
    )
    download_audio = providers.Singleton(DownloadAudio, conversions=conversions, media=media, losses=losses)
    download_archive = providers.Singleton(DownloadArchive, download_audio=download_audio)
    get_peaks = providers.Singleton(GetPeaks, conversions=conversions)
    cancel_conversion = providers.Singleton(
        CancelConversion, conversions=conversions, media=media, feed=feed, clock=clock, retention=retention
    )
    rename_conversion = providers.Singleton(RenameConversion, conversions=conversions, feed=feed, clock=clock)
    retry_conversion = providers.Singleton(
        RetryConversion, conversions=conversions, feed=feed, clock=clock, attempts=attempts
    )
    convert_again = providers.Singleton(
        ConvertAgain,
        conversions=conversions,
        media=media,
        feed=feed,
        clock=clock,
        new_uploads=new_uploads,
        quotas=upload_quotas,
        retention=retention,
    )
    delete_conversion = providers.Singleton(DeleteConversion, conversions=conversions, media=media, feed=feed)
    delete_conversions_of_user = providers.Singleton(
        DeleteConversionsOfUser,
        conversions=conversions,
        feed=feed,
        verified=verified,
        ledger=ledger,
        quotas=user_quotas,
        ended_access=ended_access,
        delete_conversion=delete_conversion,
    )
    remember_verified_address = providers.Singleton(RememberVerifiedAddress, verified=verified)
    remember_user_quota = providers.Singleton(RememberUserQuota, quotas=user_quotas)
    end_access = providers.Singleton(EndAccess, ended_access=ended_access, feed=feed)
    follow_accounts = providers.Singleton(
        HandlersByType,
        providers.Dict(
            {
                UserEmailVerified: remember_verified_address,
                UserQuotaChanged: remember_user_quota,
                SessionsEnded: end_access,
            }
        ),
    )
    expire_conversions = providers.Singleton(
        ExpireConversions, conversions=conversions, media=media, feed=feed, clock=clock, retention=retention
    )
    sweep_media = providers.Singleton(
        SweepMedia, conversions=conversions, media=media, growing=growing, clock=clock, retention=retention
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
