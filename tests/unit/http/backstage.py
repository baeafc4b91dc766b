"""Everything that stands behind the routes, in memory, with switches for what can go wrong."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope
from typing_extensions import override

from tests.contracts.examples import ADA, BOB, NOW, a_conversion, a_user
from tests.unit import settings
from tracklift_adapters.http.callers.key_look_ups import KeyLookUps
from tracklift_adapters.http.limits.rate_limits import RateLimit
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.in_memory.access_ends import InMemoryAccessEndRepository
from tracklift_adapters.in_memory.access_tokens import InMemoryAccessTokens
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.audio_ledger import InMemoryAudioLedger
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.device_codes import InMemoryDeviceCodes
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_adapters.in_memory.external_identities import InMemoryExternalIdentityRepository
from tracklift_adapters.in_memory.growing_media import InMemoryGrowingMedia
from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers
from tracklift_adapters.in_memory.identity_provider import InMemoryIdentityProvider
from tracklift_adapters.in_memory.mailed_tokens import InMemoryMailedTokenRepository
from tracklift_adapters.in_memory.media_losses import InMemoryMediaLosses
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.password_hasher import InMemoryPasswordHasher
from tracklift_adapters.in_memory.second_factors import InMemorySecondFactorRepository
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_adapters.in_memory.user_quotas import InMemoryUserQuotas
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_auth import container as auth
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_auth.use_cases import AuthUseCases
from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.source_video import SourceVideo
from tracklift_domain.identifiers import MediaId, UserId
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.rate_counts import RateCounts
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ended_access import EndedAccess, EndedAccessPolicy
from tracklift_domain.user.access.ports import AccessTokenVerifier
from tracklift_domain.user.api_key.policies import RememberedKeyPolicy
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.api_key.remember_api_keys import RememberApiKeys
from tracklift_domain.user.api_key.verify_api_key import VerifyApiKey
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.password.ports import GuessCounts
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.sign_in_provider.external_identity import ProviderAccount
from tracklift_gateway import container as gateway
from tracklift_gateway.app import create_app
from tracklift_gateway.limits import gateway_limits
from tracklift_gateway.shared_renewals import SharedRenewals
from tracklift_gateway.upload_rate import UploadRate
from tracklift_gateway.use_cases import GatewayUseCases
from tracklift_standalone.provider_sign_in import ProviderSignInHere
from tracklift_standalone.sign_in import SessionsHere

PASSWORD = "correct horse battery"
DAY = timedelta(days=1)
UNLIMITED = 1_000_000
PUBLIC_URL = "http://tracklift.test"
PROVIDER = "company"


class Breakable:
    """Passes everything on to an adapter until `error` is set; then every method raises it."""

    def __init__(self, adapter: object) -> None:
        self._adapter = adapter
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._adapter, name)
        if self.error is None or not callable(method):
            return method
        if inspect.isasyncgenfunction(method):
            return self._break_at_the_first_chunk
        if inspect.iscoroutinefunction(method):
            return self._break
        return method

    async def _break(self, *_args: object, **_kwargs: object) -> Any:
        raise cast("Exception", self.error)

    async def _break_at_the_first_chunk(self, *_args: object, **_kwargs: object) -> AsyncIterator[bytes]:
        await self._break()
        yield b""


@dataclass
class Backstage:
    """The adapters of one application, and what they hold."""

    limits: UploadLimits = field(
        default_factory=lambda: UploadLimits(largest_video=100_000, unfinished_per_user=5)
    )
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)
    shared_counts: RateCounts | None = None
    shared_guesses: GuessCounts | None = None
    checks: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    verifier: AccessTokenVerifier | None = None
    uploads_per_hour: int = UNLIMITED
    public_url: str = PUBLIC_URL
    unverified_uploads: bool = True
    registration: RegistrationPolicy = field(default_factory=RegistrationPolicy)

    def __post_init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.outbox = InMemoryOutbox()
        self.users = InMemoryUserRepository(self.outbox)
        self.conversions = InMemoryConversionRepository(self.outbox)
        self.media = InMemoryMediaStore(self.clock)
        self.growing = InMemoryGrowingMedia(self.media, self.clock)
        self.feed = InMemoryUpdateFeed()
        self.ended_access = EndedAccess(
            ends=InMemoryAccessEndRepository(), clock=self.clock, policy=EndedAccessPolicy()
        )
        self.verified = InMemoryVerifiedAddresses()
        self.ledger = InMemoryAudioLedger()
        self.user_quotas = InMemoryUserQuotas()
        self.tokens = InMemoryAccessTokens()
        self.conversion_storage = Breakable(self.conversions)
        self.media_storage = Breakable(self.media)
        self.growing_storage = Breakable(self.growing)
        self.user_storage = Breakable(self.users)
        self.hasher = InMemoryPasswordHasher()
        self.sessions = InMemorySessionRepository(self.users, self.outbox)
        self.keys = InMemoryApiKeyRepository(self.users, self.outbox)
        self.key_storage = Breakable(self.keys)
        self.mailed_tokens = InMemoryMailedTokenRepository(self.users, self.sessions, self.keys, self.outbox)
        self.mailed_token_storage = Breakable(self.mailed_tokens)
        self.remembered_keys = RememberApiKeys(
            verifier=VerifyApiKey(
                keys=cast("ApiKeyRepository", self.key_storage), users=self.users, clock=self.clock
            ),
            clock=self.clock,
            policy=RememberedKeyPolicy(),
            ended_access=self.ended_access,
        )
        self.identifiers = SequentialIdentifiers()
        self.external_identities = InMemoryExternalIdentityRepository(self.users)
        self.second_factors = InMemorySecondFactorRepository(self.users, self.outbox)
        self.identity_provider = InMemoryIdentityProvider(
            ProviderAccount(
                issuer="https://login.example.org",
                subject="ada-1",
                email=EmailAddress("ada@example.org"),
                email_verified=True,
            )
        )
        self.broker = InMemoryEventBroker(self.clock, RedeliveryPolicy())
        self.accounts: AuthUseCases | None = None
        """Those of an application that has this one behind it: to wire others takes longer than most tests."""

    @property
    def token_checks(self) -> AccessTokenVerifier:
        """What checks the tokens."""
        return self.verifier or self.tokens

    @cached_property
    def browser_sessions(self) -> SharedRenewals:
        """The sessions of browsers."""
        accounts = self.accounts or auth_use_cases(self)
        here = SessionsHere(accounts.log_in(), accounts.refresh_session(), accounts.end_session())
        return SharedRenewals(here, self.clock)

    @cached_property
    def upload_rate(self) -> UploadRate:
        """What counts the uploads of each user."""
        return UploadRate(self.uploads_per_hour)

    @property
    def settings(self) -> tuple[str, bool, RegistrationPolicy]:
        """What an application is made with, and of which it keeps nothing but this."""
        return self.public_url, self.unverified_uploads, self.registration

    def limits_of_requests(self, use_cases: GatewayUseCases) -> Sequence[RequestLimits]:
        """Make what counts requests, if anything is limited."""
        if not self.rate_limits:
            return ()
        return gateway_limits(
            use_cases, self.rate_limits, shared_counts=self.shared_counts, shared_guesses=self.shared_guesses
        )

    def make_app(self) -> Litestar:
        """Make an application of this one's own."""
        use_cases = gateway_use_cases(self)
        return make_one_process(self, use_cases, self.limits_of_requests(use_cases), self.checks)

    async def add_user(self, user_id: UserId, email: str, **fields: Any) -> None:
        """Store a user whose password is `PASSWORD`; `fields` replaces any other of the fields."""
        password_hash = await self.hasher.hash(PASSWORD)
        await self.users.add(a_user(user_id, email, password_hash=password_hash, **fields))
        await self.ended_access.refresh()

    def headers(self, user_id: UserId = ADA, *, verified: bool = True) -> dict[str, str]:
        """Give the header of a request that a user makes, who has verified the address unless told otherwise."""
        email = EmailAddress("bob@example.org" if user_id == BOB else "ada@example.org")
        caller = Caller(user_id=user_id, email=email, email_verified=verified)
        token = self.tokens.issue(caller, self.clock.now())
        return {"Authorization": f"Bearer {token.value}"}

    async def add_conversion(self, number: int = 1, **fields: Any) -> Conversion:
        """Store a conversion of Ada's that waits in the queue, or as the fields say."""
        conversion = a_conversion(number, **fields)
        await self.conversions.add(conversion)
        return conversion

    async def add_completed(
        self,
        content: bytes = b"an MP3",
        *,
        number: int = 1,
        video_name: str = "talk.mp4",
        peaks: bytes = b"",
        **fields: Any,
    ) -> Conversion:
        """Store a completed conversion of Ada's with its MP3."""
        audio_id = MediaId(f"{number:032x}.audio.1")
        stored = await self.media.write(audio_id, one_chunk(content))
        audio = Audio(
            media_id=audio_id,
            size=stored.size,
            sha256=stored.sha256,
            duration=12.5,
            bitrate=192,
            peaks=peaks,
        )
        return await self.add_conversion(
            number,
            state=ConversionState.COMPLETED,
            source=SourceVideo(name=video_name, size=1000, sha256="5e" * 32, duration=12.5),
            attempt=1,
            audio=audio,
            expires_at=NOW + DAY,
            **fields,
        )

    async def stored_conversions(self, user_id: UserId = ADA) -> list[Conversion]:
        """Give all conversions of a user."""
        return list(await self.conversions.list_owned(user_id, limit=1000))

    async def stored_media(self) -> list[MediaId]:
        """Give the ids of all stored files."""
        return sorted([media.id async for media in self.media.list_stored_before(NOW + 1000 * DAY)])


MakeApp = Callable[[Any, GatewayUseCases, Sequence[RequestLimits]], Litestar]
"""Makes an application of a stage, the gateway's use cases on it, and limits."""


class SharedApp:
    """One application for many tests, with whichever backstage is in use: making one takes longer than most tests."""

    def __init__(self, like: Backstage, make: MakeApp | None = None) -> None:
        """Make it with the settings of one of them, and by `make`, if it is not that of the one process."""
        self.in_use = like
        self.limits: Sequence[RequestLimits] = ()
        stage = _Stage(self)
        self._accounts = auth_use_cases(stage)
        self._use_cases = gateway_use_cases(stage)
        self.app = (make or make_one_process)(stage, self._use_cases, [_LimitsInUse(self)])

    def use(self, backstage: Backstage) -> Litestar:
        """Give the application with this one behind it, and limits that have counted nothing."""
        self.in_use = backstage
        backstage.accounts = self._accounts
        self.limits = backstage.limits_of_requests(self._use_cases)
        return self.app


class _LimitsInUse(RequestLimits):
    """Stands for the limits of a backstage that is chosen later."""

    def __init__(self, shared: SharedApp) -> None:
        self._shared = shared

    @override
    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        for each in self._shared.limits:
            await each.guard(connection, handler)

    @override
    async def note_answer(self, message: Message, scope: Scope) -> None:
        for each in self._shared.limits:
            await each.note_answer(message, scope)


class _Stage:
    """Stands for a backstage that is chosen later, of the same settings."""

    def __init__(self, shared: SharedApp) -> None:
        self._shared = shared
        self.settings = shared.in_use.settings

    def __getattr__(self, name: str) -> Any:
        return _Part(self._shared, name)


class _Part:
    """Stands for a part of it."""

    def __init__(self, shared: SharedApp, name: str) -> None:
        self._shared = shared
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._shared.in_use, self._name), name)


def gateway_use_cases(stage: Any) -> GatewayUseCases:
    """Wire the gateway to a backstage."""
    accounts = auth_use_cases(stage)
    public_url, unverified_uploads, _ = stage.settings
    container = gateway.build(
        replace(
            settings.GATEWAY,
            public_url=public_url,
            unverified_uploads=unverified_uploads,
        ),
        {
            "clock": stage.clock,
            "identifiers": stage.identifiers,
            "conversions": stage.conversion_storage,
            "media": stage.media_storage,
            "growing": stage.growing_storage,
            "losses": InMemoryMediaLosses(),
            "verified": stage.verified,
            "ledger": stage.ledger,
            "user_quotas": stage.user_quotas,
            "ended_access": stage.ended_access,
            "broker": stage.broker,
            "feed": stage.feed,
            "verifier": stage.token_checks,
            "api_keys": stage.remembered_keys,
            "browser_sessions": stage.browser_sessions,
            "provider_sign_in": ProviderSignInHere(
                accounts.begin_provider_sign_in(), accounts.sign_in_with_provider()
            ),
            "limits": stage.limits,
            "retention": stage.retention,
        },
    )
    use_cases = container.use_cases()
    use_cases.upload_rate.override(stage.upload_rate)
    if not (isinstance(stage, Backstage) and stage.rate_limits):
        # Many tests share the application, and send unknown keys all the time.
        use_cases.key_look_ups.override(KeyLookUps(lambda _key_hash: True))
    return use_cases


def auth_use_cases(stage: Any) -> AuthUseCases:
    """Wire auth to a backstage."""
    container = auth.build(
        settings.AUTH,
        {
            "clock": stage.clock,
            "identifiers": stage.identifiers,
            "users": stage.user_storage,
            "sessions": stage.sessions,
            "mailed_tokens": stage.mailed_token_storage,
            "api_keys": stage.key_storage,
            "external_identities": stage.external_identities,
            "second_factors": stage.second_factors,
            "identity_providers": {PROVIDER: stage.identity_provider},
            "device_codes": InMemoryDeviceCodes(),
            "hasher": stage.hasher,
            "issuer": stage.tokens,
            "registration_policy": stage.settings[-1],
        },
    )
    return container.use_cases()


def make_one_process(
    stage: Any,
    use_cases: GatewayUseCases,
    limits: Sequence[RequestLimits],
    checks: Mapping[str, Callable[[], Awaitable[object]]] | None = None,
) -> Litestar:
    """Make the application of gateway and auth together."""
    return create_app(
        use_cases,
        checks=checks or {},
        limits=limits,
        more_routes=AUTH_ROUTES,
        more_dependencies=auth_dependencies(auth_use_cases(stage), use_cases.upload_quotas().uses_of),
    )


async def one_chunk(content: bytes) -> AsyncIterator[bytes]:
    """Give bytes at once."""
    yield content


def in_process(app: Litestar) -> httpx.ASGITransport:
    """Give the way to an application without a network; requests come from an address made for examples (RFC 5737)."""
    transport: Any = app
    return httpx.ASGITransport(transport, client=("203.0.113.7", 4711))
