"""Looks for problems that would keep users from signing in with a provider."""

import asyncio

from tracklift_adapters.environment.openid_settings import OpenIdProviderSettings
from tracklift_adapters.openid.provider import OpenIdProvider
from tracklift_adapters.openid.providers import redirect_url
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.finding import Finding


def examine_sign_in_provider(name: str, settings: OpenIdProviderSettings, public_url: str | None) -> Finding:
    """Fetch a provider's metadata and keys. Client id and secret are not sent."""
    if public_url is None:
        return Finding(
            f"sign-in provider {name} needs an address to send browsers back to",
            "Set TRACKLIFT_PUBLIC_URL to the address at which users reach Tracklift.",
        )
    back = redirect_url(public_url, name)
    try:
        asyncio.run(OpenIdProvider(name, settings, SystemClock(), redirect_url=back).check())
    except ServiceUnavailableError as error:
        return Finding(
            f"sign-in provider {name} can't be used: {error.reason}",
            f"Start it, or correct TRACKLIFT_OPENID_{name.upper()}_ISSUER, which is {settings.issuer} now.",
        )
    return Finding(f"sign-in provider {name} answers (the redirect address to register there is {back})")
