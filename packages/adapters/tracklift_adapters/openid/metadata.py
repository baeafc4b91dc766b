"""What a provider tells about itself (OpenID Connect Discovery 1.0, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tracklift_adapters.openid.id_token import ALGORITHMS

_LONGEST_URL = 2000
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """The part of it that a sign-in needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    device_authorization_endpoint: str | None
    """Where devices without a browser begin, if it lets them (RFC 8628, section 4)."""
    token_auth_methods: tuple[str, ...]
    algorithms: tuple[str, ...]
    """By which it signs ID tokens, of those that are accepted here."""
    names_itself: bool
    """Whether each of its answers has the issuer (RFC 9207)."""

    @classmethod
    def read(cls, document: Mapping[str, Any], issuer: str) -> "ProviderMetadata":
        """Read the document that was found at the address of an issuer.

        Raises:
            ValueError: it is another issuer's, or lacks what is needed; the message says what.
        """
        if document.get("issuer") != issuer:
            raise ValueError(
                f"it calls itself {document.get('issuer')!r:.300}, which is not the issuer that is set"
            )
        signed_by = _texts(document, "id_token_signing_alg_values_supported", ("RS256",))
        algorithms = tuple(name for name in ALGORITHMS if name in signed_by)
        if not algorithms:
            raise ValueError("it signs ID tokens by no algorithm that is accepted")
        return cls(
            issuer=issuer,
            authorization_endpoint=check_address(document, "authorization_endpoint", issuer),
            token_endpoint=check_address(document, "token_endpoint", issuer),
            jwks_uri=check_address(document, "jwks_uri", issuer),
            userinfo_endpoint=_optional_address(document, "userinfo_endpoint", issuer),
            device_authorization_endpoint=_optional_address(
                document, "device_authorization_endpoint", issuer
            ),
            token_auth_methods=_texts(
                document, "token_endpoint_auth_methods_supported", ("client_secret_basic",)
            ),
            algorithms=algorithms,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )

    def auth_method(self, *, has_secret: bool) -> str:
        """Choose how the client proves who it is. Raises `ValueError` if it can't."""
        if not has_secret:
            return "none"
        for method in ("client_secret_basic", "client_secret_post"):
            if method in self.token_auth_methods:
                return method
        raise ValueError("it accepts no client secret, neither in a header nor in a form")


def discovery_url(issuer: str) -> str:
    """Give the address of an issuer's document (OpenID Connect Discovery 1.0, section 4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def _optional_address(document: Mapping[str, Any], name: str, issuer: str) -> str | None:
    return None if document.get(name) is None else check_address(document, name, issuer)


def check_address(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """Give an address that a provider of this issuer names. Raises `ValueError` if it is none to go to."""
    address = document.get(name)
    if not isinstance(address, str) or len(address) > _LONGEST_URL:
        raise ValueError(f"its {name} is missing or no address")
    parts = urlsplit(address)
    # By http only where the operator has chosen an issuer by http: on the same machine.
    if not parts.hostname or parts.scheme not in {"https", urlsplit(issuer).scheme} or parts.fragment:
        raise ValueError(f"its {name} is no address by https")
    return address


def _texts(document: Mapping[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    listed = document.get(name)
    if listed is None:
        return default
    if not isinstance(listed, list):
        raise ValueError(f"its {name} is no list")  # noqa: TRY004  # a mistake of another's server
    return tuple(text for text in listed if isinstance(text, str))
