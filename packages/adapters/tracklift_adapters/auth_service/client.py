from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from tracklift_domain.errors import ServiceUnavailableError

_SERVICE = "The auth service"
_PASSED_ON = frozenset({"authorization", "content-type", "accept", "user-agent", "x-request-id"})
_PASSED_BACK = frozenset(
    {
        "content-type",
        "cache-control",
        "www-authenticate",
        "retry-after",
        "allow",
        "pragma",
        "accept-post",
        "content-security-policy",
        "x-robots-tag",
        # Taken out again before the client has them.
        "tracklift-reset-account",
        "tracklift-wrong-guess",
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What auth answered, to be passed on as it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AuthService:
    """Passes requests on to auth and fetches its published keys. It connects when it is first used."""

    def __init__(self, url: str, *, timeout: timedelta = timedelta(seconds=10)) -> None:
        """Speak to the auth service at a base URL; one answer may take `timeout`."""
        self._client = httpx.AsyncClient(
            base_url=url, timeout=timeout.total_seconds(), follow_redirects=False, trust_env=False
        )

    async def close(self) -> None:
        """Close all connections. Closing twice is not an error."""
        await self._client.aclose()

    async def forward(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, query: bytes = b""
    ) -> Answer:
        """Send a request to auth and give its answer, whatever it is, with the headers that are a client's business.

        `query` is as it came, without the question mark.

        Raises:
            ServiceUnavailableError: auth can't be reached, or does not answer in time.
        """
        # As bytes, since a header may hold any of them (RFC 9110, section 5.5), and text is taken for ASCII.
        passed_on = {
            name: value.encode("latin-1", "replace")
            for name, value in headers.items()
            if name.lower() in _PASSED_ON
        }
        url = httpx.URL(path, query=query) if query else path
        answer = await self._send(method, url, headers=passed_on, content=body)
        passed_back = {name: value for name, value in answer.headers.items() if name.lower() in _PASSED_BACK}
        return Answer(answer.status_code, passed_back, answer.content)

    async def published_keys(self) -> Mapping[str, Any]:
        """Fetch the keys that sign access tokens, as a JSON Web Key Set (RFC 7517).

        Raises:
            ServiceUnavailableError: auth can't be reached, or gives no key set.
        """
        answer = await self._send("GET", "/.well-known/jwks.json")
        try:
            keys = answer.raise_for_status().json()
        except (httpx.HTTPStatusError, ValueError) as error:
            raise ServiceUnavailableError(_SERVICE, f"it gave no keys but {answer.status_code}") from error
        if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
            raise ServiceUnavailableError(_SERVICE, "what it gave as keys is not a key set")
        return keys

    async def _send(self, method: str, url: httpx.URL | str, **request: Any) -> httpx.Response:  # noqa: ANN401  # as httpx takes it
        try:
            return await self._client.request(method, url, **request)
        except httpx.HTTPError as error:
            raise ServiceUnavailableError(_SERVICE, str(error) or type(error).__name__) from error
