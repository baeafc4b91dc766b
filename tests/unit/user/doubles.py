"""A hasher and access tokens that can be read with the naked eye."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import AccessToken, Caller
from tracklift_domain.user.access.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.access.ports import AccessTokenIssuer, AccessTokenVerifier
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.role import Role
from tracklift_domain.user.second_factor.ports import OneTimeCodes

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


class LegibleCodes(OneTimeCodes):
    """Shows a code that is the time step, with a step of a minute; one before and one behind are taken, too."""

    def __init__(self) -> None:
        self.secrets = 0

    def code(self, now: datetime) -> str:
        """Give what an app shows."""
        return f"{int(now.timestamp()) // 60:010}"

    @override
    def new_secret(self) -> str:
        self.secrets += 1
        return f"SECRET{self.secrets}"

    @override
    def address(self, secret: str, email: EmailAddress) -> str:
        return f"otpauth://{email}/{secret}"

    @override
    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        present = int(now.timestamp()) // 60
        return int(code) if code in {f"{step:010}" for step in range(present - 1, present + 2)} else None


class LegibleTokens(AccessTokenIssuer, AccessTokenVerifier):
    """Writes into a token whom it names and when it expires."""

    @override
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        claims = [
            caller.user_id,
            caller.email.value,
            caller.email_verified,
            caller.session_id,
            caller.role,
            now.isoformat(),
            (now + LASTS).isoformat(),
        ]
        return AccessToken(value=json.dumps(claims), expires_in=int(LASTS.total_seconds()))

    @override
    def published_keys(self) -> Mapping[str, Any]:
        return {"keys": []}

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        try:
            user_id, email, verified, session_id, role, issued_at, expires_at = json.loads(token)
        except ValueError as error:
            raise InvalidTokenError("it can't be read.") from error
        if datetime.fromisoformat(expires_at) <= now:
            raise TokenExpiredError
        return Caller(
            user_id=UserId(user_id),
            email=EmailAddress(email),
            email_verified=verified,
            session_id=session_id,
            role=Role(role),
            issued_at=datetime.fromisoformat(issued_at),
        )
