"""What is said between a client and a provider about a device without a browser (RFC 8628)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from tracklift_adapters.openid.metadata import check_address
from tracklift_domain.errors import DomainError
from tracklift_domain.user.sign_in_provider.device_authorization import DeviceAuthorization
from tracklift_domain.user.sign_in_provider.errors import (
    DeviceCodeExpiredError,
    DeviceSignInPendingError,
    ProviderRefusedError,
    SlowDownError,
)
from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
NOT_OFFERED = frozenset({"unauthorized_client", "unsupported_grant_type"})
"""Error codes of a provider that lets this client begin no such sign-in."""
_INTERVAL = 5
"""Seconds, where the provider says nothing (section 3.2)."""
_LONGEST_INTERVAL = 60
_LONGEST_LIFE = 24 * 60 * 60
_LONGEST_USER_CODE = 64
_LONGEST_DEVICE_CODE = 1024
"""Characters; together with what else a device keeps, it has to fit into a small body."""


def authorization_form(attempt: SignInAttempt, scope: str) -> dict[str, str]:
    """Write the request of section 3.1, with the challenge of RFC 7636 for providers that want one of each client."""
    return {
        "scope": scope,
        "code_challenge": create_s256_code_challenge(attempt.code_verifier),
        "code_challenge_method": "S256",
    }


def read_authorization(answer: Mapping[str, Any], issuer: str) -> DeviceAuthorization:
    """Read the answer of section 3.2. Raises `ValueError` if it makes no sense; terminals show what it says."""
    return DeviceAuthorization(
        device_code=_text(answer, "device_code", _LONGEST_DEVICE_CODE),
        user_code=_text(answer, "user_code", _LONGEST_USER_CODE),
        verification_uri=_address(answer, "verification_uri", issuer),
        verification_uri_complete=(
            _address(answer, "verification_uri_complete", issuer)
            if answer.get("verification_uri_complete") is not None
            else None
        ),
        expires_in=_seconds(answer.get("expires_in"), "expires_in", _LONGEST_LIFE),
        interval=_seconds(answer.get("interval", _INTERVAL), "interval", _LONGEST_INTERVAL),
    )


def refusal(error: str) -> DomainError | None:
    """Give what an error code of section 3.5 means for the sign-in; `None` if it says nothing about it."""
    match error:
        case "authorization_pending":
            return DeviceSignInPendingError()
        case "slow_down":
            return SlowDownError()
        case "access_denied":
            return ProviderRefusedError("access was denied.")
        case "expired_token" | "invalid_grant":
            return DeviceCodeExpiredError()
    return None


def _address(answer: Mapping[str, Any], name: str, issuer: str) -> str:
    address = check_address(answer, name, issuer)
    if not address.isascii() or not address.isprintable():
        raise ValueError(f"its {name} is no address")
    return address


def _text(answer: Mapping[str, Any], name: str, longest: int) -> str:
    text = answer.get(name)
    if (
        not isinstance(text, str)
        or not 0 < len(text) <= longest
        or not text.isascii()
        or not text.isprintable()
    ):
        raise ValueError(f"its {name} is missing or not valid")
    return text


def _seconds(value: object, name: str, most: int) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"its {name} is missing or not valid")
    return timedelta(seconds=min(value, most))
