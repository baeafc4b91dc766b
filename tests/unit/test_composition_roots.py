"""Each app is wired in one place, and any part of it can be replaced."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import containers, providers

from tests.contracts.examples import NOW
from tests.unit import settings
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.security.signing_key import load_or_create_signing_key
from tracklift_auth import container as auth
from tracklift_converter import container as converter
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_gateway import container as gateway
from tracklift_notification import container as notification
from tracklift_standalone import container as standalone

SERVICES: Mapping[str, tuple[Callable[..., Any], object]] = {
    "auth": (auth.build, settings.AUTH),
    "converter": (converter.build, settings.CONVERTER),
    "gateway": (gateway.build, settings.GATEWAY),
    "notification": (notification.build, settings.NOTIFICATION),
}
APPS: Mapping[str, tuple[Callable[..., Any], object]] = {
    **SERVICES,
    "standalone": (standalone.build, settings.STANDALONE),
}


def everything_in(container: containers.Container) -> Iterator[tuple[str, object]]:
    """Make all that a container provides, and all that those in it do."""
    for name, provider in container.providers.items():
        yield name, provider()
        if isinstance(provider, providers.Container):
            yield from everything_in(provider.container)


@pytest.mark.parametrize("app", APPS)
async def test_all_of_an_app_can_be_made_and_closed_without_a_server(app: str, tmp_path: Path) -> None:
    """Nothing connects before it is used: this test could not open a socket."""
    build, its_settings = APPS[app]
    signing_key = {"signing_key": load_or_create_signing_key(tmp_path / "key.pem")}
    container = build(its_settings, signing_key if app in {"auth", "standalone"} else {})

    async with container.exits():
        made = dict(everything_in(container))

    assert None not in made.values()


@pytest.mark.parametrize("app", SERVICES)
async def test_what_is_given_takes_the_place_of_a_part_everywhere(app: str) -> None:
    build, its_settings = SERVICES[app]
    clock = ManualClock(NOW)
    broker = InMemoryEventBroker(clock, RedeliveryPolicy())
    container = build(its_settings, {"clock": clock, "broker": broker})

    assert container.use_cases().clock() is clock
    assert container.broker() is broker
    assert container.publisher()._publisher is broker


def test_what_no_app_has_can_not_be_replaced() -> None:
    with pytest.raises(AttributeError, match="ouput"):
        gateway.build(settings.GATEWAY, {"ouput": InMemoryOutbox()})
