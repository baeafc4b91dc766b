"""An application in memory, a client that talks to it, and two users."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.serialization import encode_json

from tests.contracts.examples import ADA, BOB
from tests.unit.http.backstage import PUBLIC_URL, UNLIMITED, Backstage, SharedApp, in_process
from tests.unit.http.documented import check_problem
from tracklift_domain.user.registration import RegistrationPolicy


@pytest.fixture
def backstage() -> Backstage:
    """Give what stands behind the routes; a module may override it with other limits."""
    return Backstage()


@pytest.fixture(scope="session")
def shared_app() -> SharedApp:
    """Give the application that all tests share which want nothing special of it."""
    return SharedApp()


@pytest.fixture
async def app(backstage: Backstage, shared_app: SharedApp) -> Litestar:
    """Give the application, with Ada and Bob signed up."""
    await backstage.add_user(ADA, "ada@example.org")
    await backstage.add_user(BOB, "bob@example.org")
    special = backstage.checks or backstage.rate_limits or backstage.public_url != PUBLIC_URL
    special = special or backstage.registration != RegistrationPolicy() or not backstage.unverified_uploads
    if special or backstage.uploads_per_hour < UNLIMITED:
        return backstage.make_app()
    shared_app.in_use = backstage
    return shared_app.app


@pytest.fixture(scope="session")
def document(shared_app: SharedApp) -> dict[str, Any]:
    """Give the OpenAPI document, which is the same whatever stands behind the routes."""
    document: dict[str, Any] = json.loads(encode_json(shared_app.app.openapi_schema.to_schema()))
    return document


@pytest.fixture
async def client(app: Litestar, document: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client without a token; each problem it meets must be a documented one."""

    async def check(response: httpx.Response) -> None:
        if response.is_error:
            await response.aread()
            check_problem(response, document)

    async with httpx.AsyncClient(
        transport=in_process(app), base_url="http://tracklift.test", event_hooks={"response": [check]}
    ) as client:
        yield client


@pytest.fixture
def ada(client: httpx.AsyncClient, backstage: Backstage) -> httpx.AsyncClient:
    """Give a client with Ada's token."""
    client.headers.update(backstage.headers(ADA))
    return client
