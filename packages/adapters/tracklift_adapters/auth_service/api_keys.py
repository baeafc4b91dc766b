import asyncio
from datetime import timedelta

import httpx
from typing_extensions import override

from tracklift_adapters.auth_service.api_key_messages import VERIFICATION_PATH, read_caller
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.errors import ApiKeyExpiredError, InvalidApiKeyError
from tracklift_domain.user.api_key.ports import ApiKeyVerifier

_SERVICE = "The auth service"
_REFUSALS: dict[str, type[InvalidApiKeyError]] = {
    error.code: error for error in (InvalidApiKeyError, ApiKeyExpiredError)
}
_LOOK_UPS = 64
"""At once; others wait. They have connections of their own, so that no flood of log-ins delays them."""


class AuthServiceApiKeys(ApiKeyVerifier):
    """Asks the auth service whom an API key names. It connects when it is first used.

    The service is told the hash of the key, and never the key itself.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: timedelta = timedelta(seconds=3),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Speak to the auth service at a base URL; a look-up fails after `patience`. Tests bring a `transport`."""
        self._patience = patience.total_seconds()
        self._client = httpx.AsyncClient(
            base_url=url,
            # Of each step; that of the whole is set apart.
            timeout=self._patience,
            transport=transport,
            limits=httpx.Limits(max_connections=_LOOK_UPS),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close all connections. Closing twice is no error."""
        await self._client.aclose()

    @override
    async def verify(self, key_hash: str) -> Caller:
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._client.post(VERIFICATION_PATH, json={"key_hash": key_hash})
        except (httpx.HTTPError, TimeoutError) as error:
            raise ServiceUnavailableError(_SERVICE, str(error) or type(error).__name__) from error
        try:
            body = answer.json()
            if answer.status_code == 200:
                return read_caller(body)
            refusal = _REFUSALS.get(body["code"]) if answer.status_code == 401 else None
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceUnavailableError(
                _SERVICE, "its answer to a look-up of an API key makes no sense"
            ) from error
        if refusal is None:
            raise ServiceUnavailableError(
                _SERVICE, f"it answers {answer.status_code} to a look-up of an API key"
            )
        raise refusal
