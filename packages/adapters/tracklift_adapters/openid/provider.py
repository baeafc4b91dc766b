"""One sign-in provider."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from typing_extensions import override

from tracklift_adapters.openid.bounded_transport import BoundedTransport
from tracklift_adapters.openid.claims import read_account
from tracklift_adapters.openid.device_flow import (
    GRANT,
    NOT_OFFERED,
    authorization_form,
    read_authorization,
    refusal,
)
from tracklift_adapters.openid.id_token import ExpectedToken, SigningKeys, UnknownSigningKeyError
from tracklift_adapters.openid.metadata import ProviderMetadata, discovery_url
from tracklift_adapters.openid.remembered import Remembered
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.sign_in_provider.device_authorization import DeviceAuthorization
from tracklift_domain.user.sign_in_provider.errors import (
    InvalidIdTokenError,
    NoDeviceSignInError,
    ProviderRefusedError,
)
from tracklift_domain.user.sign_in_provider.external_identity import ProviderAccount
from tracklift_domain.user.sign_in_provider.ports import IdentityProvider
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt

_LARGEST_ANSWER = 512 * 1024
"""Bytes. The documents of large providers have a few kilobytes; the rest is for tokens that list groups."""
_KNOWN_FOR = timedelta(hours=1)
"""A key that the provider withdraws is accepted no longer than this."""
_SCOPE = "openid email"
_CODE_REFUSED = "invalid_grant"
_CLIENT_REFUSED = frozenset({"invalid_client", "unauthorized_client"})
"""Error codes of RFC 6749, section 5.2."""
_CLIENT_REFUSAL = "it does not accept the client's id and secret that are set"

_log = logging.getLogger(__name__)


class ProviderSettings(Protocol):
    """An app's settings of one provider, as read from its environment and checked."""

    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str | None: ...


class OpenIdProvider(IdentityProvider):
    """Speaks OpenID Connect with a provider: authorization code flow with PKCE, and device flow.

    It connects when it is first used.
    """

    def __init__(
        self,
        name: str,
        settings: ProviderSettings,
        clock: Clock,
        *,
        redirect_url: str,
        patience: timedelta = timedelta(seconds=7),
    ) -> None:
        """Speak to the provider that is set under a name; all that one call asks of it may take `patience`.

        `redirect_url` is where browsers bring its answers.
        """
        self._service = f"The sign-in provider {name}"
        self._settings = settings
        self._clock = clock
        self._redirect_url = redirect_url
        self._patience = patience.total_seconds()
        # With the certificates of the system, or those that SSL_CERT_FILE names. Reading them takes a while: once.
        self._tls = ssl.create_default_context()
        self._metadata = Remembered(self._fetch_metadata, clock, lasts=_KNOWN_FOR)
        self._keys = Remembered(self._fetch_keys, clock, lasts=_KNOWN_FOR)

    @override
    async def authorization_url(self, attempt: SignInAttempt) -> str:
        async with self._answering():
            metadata = await self._metadata.get()
            async with self._client(metadata) as client:
                url, _ = client.create_authorization_url(
                    metadata.authorization_endpoint,
                    state=attempt.state,
                    nonce=attempt.nonce,
                    code_verifier=attempt.code_verifier,
                )
        return str(url)

    @override
    async def identify(self, attempt: SignInAttempt, answer: ProviderAnswer) -> ProviderAccount:
        async with self._answering():
            metadata = await self._metadata.get()
            _check_answer(answer, metadata)
            async with self._client(metadata) as client:
                await self._exchange(client, metadata, attempt, answer.code)
                return await self._account(client, metadata, attempt.nonce)

    @override
    async def authorize_device(self, attempt: SignInAttempt) -> DeviceAuthorization:
        async with self._answering():
            metadata = await self._metadata.get()
            if metadata.device_authorization_endpoint is None:
                raise NoDeviceSignInError
            form = authorization_form(attempt, _SCOPE)
            async with self._client(metadata) as client:
                method = client.token_endpoint_auth_method
                if method == "client_secret_basic":
                    # The other methods put it there, and some providers look for it nowhere else.
                    form["client_id"] = self._settings.client_id
                response = await client.request(
                    "POST",
                    metadata.device_authorization_endpoint,
                    data=form,
                    auth=client.client_auth(method),
                )
            error = _error(response)
            if error in NOT_OFFERED:
                raise NoDeviceSignInError
            if error in _CLIENT_REFUSED:
                raise ServiceUnavailableError(self._service, _CLIENT_REFUSAL)
            return read_authorization(_object(response), metadata.issuer)

    @override
    async def identify_on_device(self, attempt: SignInAttempt, device_code: str) -> ProviderAccount:
        async with self._answering():
            metadata = await self._metadata.get()
            async with self._client(metadata) as client:
                await self._exchange_device_code(client, metadata, attempt, device_code)
                return await self._account(client, metadata, nonce=None)

    @override
    async def check(self) -> None:
        async with self._answering():
            (await self._metadata.get()).auth_method(has_secret=self._settings.client_secret is not None)
            await self._keys.get()

    async def _exchange(
        self, client: AsyncOAuth2Client, metadata: ProviderMetadata, attempt: SignInAttempt, code: str
    ) -> None:
        """Have the client get tokens for a code."""
        try:
            await client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.code_verifier,
            )
        except OAuthError as error:
            if error.error in _CLIENT_REFUSED:
                raise ServiceUnavailableError(self._service, _CLIENT_REFUSAL) from error
            if error.error == _CODE_REFUSED:
                raise ProviderRefusedError("the code was used before, or has expired.") from error
            raise ProviderRefusedError("it does not accept the code.") from error

    async def _exchange_device_code(
        self, client: AsyncOAuth2Client, metadata: ProviderMetadata, attempt: SignInAttempt, device_code: str
    ) -> None:
        """Have the client get tokens once the user has signed in."""
        try:
            await client.fetch_token(
                metadata.token_endpoint,
                grant_type=GRANT,
                device_code=device_code,
                code_verifier=attempt.code_verifier,
            )
        except OAuthError as error:
            if error.error in _CLIENT_REFUSED:
                raise ServiceUnavailableError(self._service, _CLIENT_REFUSAL) from error
            raise refusal(error.error) or ProviderRefusedError("it does not accept the code.") from error

    async def _account(
        self, client: AsyncOAuth2Client, metadata: ProviderMetadata, nonce: str | None
    ) -> ProviderAccount:
        """Give the account that the client's tokens stand for."""
        claims = await self._verify(client.token.get("id_token"), metadata, nonce)
        told = claims
        if "email" not in claims and metadata.userinfo_endpoint is not None:
            told = await _user_info(client, metadata.userinfo_endpoint, claims["sub"])
        return read_account(claims, told)

    async def _verify(
        self, id_token: object, metadata: ProviderMetadata, nonce: str | None
    ) -> Mapping[str, Any]:
        if not isinstance(id_token, str):
            raise InvalidIdTokenError("it gave no ID token.")
        expected = ExpectedToken(
            issuer=metadata.issuer,
            client_id=self._settings.client_id,
            nonce=nonce,
            algorithms=metadata.algorithms,
            now=self._clock.now(),
        )
        keys = await self._keys.get()
        try:
            return expected.verify(id_token, keys)
        except UnknownSigningKeyError:
            # It may have changed its keys since they were fetched. Fetched once more, they are what they are.
            return expected.verify(id_token, await self._keys.get(instead_of=keys))

    async def _fetch_metadata(self) -> ProviderMetadata:
        document = await self._fetch(discovery_url(self._settings.issuer))
        return ProviderMetadata.read(document, self._settings.issuer)

    async def _fetch_keys(self) -> SigningKeys:
        return SigningKeys.read(await self._fetch((await self._metadata.get()).jwks_uri))

    async def _fetch(self, url: str) -> Mapping[str, Any]:
        async with self._client() as client:
            return _object(await client.request("GET", url, withhold_token=True))

    def _client(self, metadata: ProviderMetadata | None = None) -> AsyncOAuth2Client:
        """Make a client for one call: it remembers the tokens that it gets."""
        secret = self._settings.client_secret
        return AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=secret,
            token_endpoint_auth_method=metadata and metadata.auth_method(has_secret=secret is not None),
            scope=_SCOPE,
            redirect_uri=self._redirect_url,
            code_challenge_method="S256",
            transport=BoundedTransport(
                httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False), _LARGEST_ANSWER
            ),
            timeout=self._patience,
            follow_redirects=False,
            trust_env=False,
        )

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Bound the time, and turn what says that the provider does not do its part into `ServiceUnavailableError`."""
        try:
            async with asyncio.timeout(self._patience):
                yield
        except InvalidIdTokenError as error:
            _log.warning("%s can't be trusted: %s", self._service, error.reason)
            raise
        except TimeoutError as error:
            raise ServiceUnavailableError(self._service, "it does not answer in time") from error
        except httpx2.HTTPStatusError as error:
            reason = f"it answers {error.response.status_code} at {error.request.url.path}"
            raise ServiceUnavailableError(self._service, reason) from error
        except httpx2.HTTPError as error:
            raise ServiceUnavailableError(self._service, str(error) or type(error).__name__) from error
        except (OAuthError, ValueError, TypeError, KeyError, RecursionError) as error:
            reason = str(error) or "its answer makes no sense"
            raise ServiceUnavailableError(self._service, reason) from error


def _check_answer(answer: ProviderAnswer, metadata: ProviderMetadata) -> None:
    if answer.issuer != metadata.issuer and (answer.issuer or metadata.names_itself):
        raise ProviderRefusedError("the answer is another provider's.")
    if answer.error == "access_denied":
        raise ProviderRefusedError("access was denied.")
    if answer.error or not answer.code:
        raise ProviderRefusedError("it answered with an error.")


async def _user_info(client: AsyncOAuth2Client, endpoint: str, subject: str) -> Mapping[str, Any]:
    """Ask for the claims that are not in the ID token (OpenID Connect Core 1.0, section 5.3)."""
    claims = _object(await client.get(endpoint))
    if claims.get("sub") != subject:
        raise InvalidIdTokenError("what it says of the user is about another one.")
    return claims


def _error(response: httpx2.Response) -> str | None:
    """Give the error code of an answer, if it has one (RFC 6749, section 5.2)."""
    if response.status_code not in {400, 401, 403}:
        return None
    error = _members(response).get("error")
    return error if isinstance(error, str) else None


def _object(response: httpx2.Response) -> Mapping[str, Any]:
    return _members(response.raise_for_status())


def _members(response: httpx2.Response) -> Mapping[str, Any]:
    document = response.json()
    if not isinstance(document, dict):
        raise ValueError(f"its answer at {response.request.url.path} is no JSON object")  # noqa: TRY004  # a mistake of another's server
    return document
