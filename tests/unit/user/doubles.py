"""A hasher and access tokens that can be read with the naked eye."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.ports import AccessTokenIssuer, AccessTokenVerifier, PasswordHasher
from tracklift_domain.user.user import AccessToken, Caller

LASTS = timedelta(minutes=15)


class LegibleHasher(PasswordHasher):
    """Hides nothing, and counts how often it was asked for its slow work."""

    def __init__(self) -> None:
        self.parameters = "today"
        self.work = 0

    @override
    async def hash(self, password: str) -> str:
        self.work += 1
        return f"{self.parameters}:{password}"

    @override
    async def verify(self, password: str, password_hash: str) -> bool:
        self.work += 1
        return password_hash.partition(":")[2] == password

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        return password_hash.partition(":")[0] != self.parameters


class LegibleTokens(AccessTokenIssuer, AccessTokenVerifier):
    """Writes into a token whom it names and when it expires."""

    @override
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        claims = [
            caller.user_id,
            caller.email.value,
            caller.email_verified,
            caller.session_id,
            (now + LASTS).isoformat(),
        ]
        return AccessToken(value=json.dumps(claims), expires_in=int(LASTS.total_seconds()))

    @override
    def published_keys(self) -> Mapping[str, Any]:
        return {"keys": []}

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        try:
            user_id, email, verified, session_id, expires_at = json.loads(token)
        except ValueError as error:
            raise InvalidTokenError("it can't be read.") from error
        if datetime.fromisoformat(expires_at) <= now:
            raise TokenExpiredError
        return Caller(
            user_id=UserId(user_id), email=EmailAddress(email), email_verified=verified, session_id=session_id
        )
