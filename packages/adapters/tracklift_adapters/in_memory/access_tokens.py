import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.ports import AccessTokenIssuer, AccessTokenVerifier
from tracklift_domain.user.user import AccessToken, Caller


class InMemoryAccessTokens(AccessTokenIssuer, AccessTokenVerifier):
    """Hands out tokens and knows them again by remembering them. They end with the process."""

    def __init__(self, lifetime: timedelta = timedelta(minutes=15)) -> None:
        self._lifetime = lifetime
        self._issued: dict[str, datetime] = {}

    @override
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        claims = [caller.user_id, caller.email.value, len(self._issued)]
        token = json.dumps(claims).encode().hex()
        self._issued[token] = now + self._lifetime
        return AccessToken(value=token, expires_in=int(self._lifetime.total_seconds()))

    @override
    def published_keys(self) -> Mapping[str, Any]:
        return {"keys": []}

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        expires_at = self._issued.get(token)
        if expires_at is None:
            raise InvalidTokenError("it was not made here; log in again.")
        if expires_at <= now:
            raise TokenExpiredError
        user_id, email, _ = json.loads(bytes.fromhex(token))
        return Caller(user_id=UserId(user_id), email=EmailAddress(email))
