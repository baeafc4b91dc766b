"""Settings of sign-in providers. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked
from tracklift_adapters.environment.settings import EACH

_LONGEST_ISSUER = 255
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class OpenIdProviderSettings(Checked):
    """One provider: each field is read from `TRACKLIFT_OPENID_` plus the provider's name, `_` and the field's name."""

    issuer: str
    """Exactly as the provider writes it, with or without a trailing slash."""
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    """Without it, the client is a public one."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        parts = urlsplit(self.issuer)
        if parts.query or parts.fragment or len(self.issuer) > _LONGEST_ISSUER:
            raise ValueError(f"issuer has at most {_LONGEST_ISSUER} characters, and neither ? nor #")
        is_private = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
        if not parts.hostname or not (parts.scheme == "https" or is_private):
            raise ValueError("issuer begins with https:// (or is http:// on this machine)")


@dataclass(frozen=True, kw_only=True)
class OpenIdSettings(Checked):
    """Settings of every app that signs users in."""

    openid_providers: Mapping[str, OpenIdProviderSettings] = field(
        default_factory=dict, metadata={EACH: (OpenIdProviderSettings, "openid_")}
    )
    """Comma-separated names of providers; each has its own variables."""
