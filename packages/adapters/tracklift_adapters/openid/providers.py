"""All sign-in providers of an installation."""

from collections.abc import Mapping

from tracklift_adapters.openid.provider import OpenIdProvider, ProviderSettings
from tracklift_domain.clock import Clock


def redirect_url(public_url: str, name: str) -> str:
    """Give the address at which browsers bring a provider's answers; it must be registered there."""
    return f"{public_url.rstrip('/')}/v1/sign-in/{name}/callback"


def open_id_providers(
    settings: Mapping[str, ProviderSettings], clock: Clock, public_url: str
) -> Mapping[str, OpenIdProvider]:
    """Make the providers that are set, by their names. Browsers come back to where `public_url` says."""
    return {
        name: OpenIdProvider(name, each, clock, redirect_url=redirect_url(public_url, name))
        for name, each in settings.items()
    }
