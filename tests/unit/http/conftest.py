"""An application in memory, a client that talks to it, and two users."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.serialization import encode_json

from tests.contracts.examples import ADA, BOB
from tests.unit.http.backstage import Backstage, SharedApp, in_process
from tests.unit.http.documented import check_problem


@pytest.fixture
def backstage() -> Backstage:
    """Give what stands behind the routes; a module may override it with other limits."""
    return Backstage()


@pytest.fixture(scope="session")
def shared_apps() -> dict[object, SharedApp]:
    """Give the applications that tests share, by their settings."""
    return {}


@pytest.fixture
async def app(backstage: Backstage, shared_apps: dict[object, SharedApp]) -> Litestar:
    """Give the application, with Ada and Bob signed up."""
    await backstage.add_user(ADA, "ada@example.org")
    await backstage.add_user(BOB, "bob@example.org")
    if backstage.checks:
        return backstage.make_app()  # What they found last is in the application.
    if backstage.settings not in shared_apps:
        shared_apps[backstage.settings] = SharedApp(backstage)
    return shared_apps[backstage.settings].use(backstage)


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """Give the OpenAPI document, which is the same whatever stands behind the routes."""
    document: dict[str, Any] = json.loads(encode_json(Backstage().make_app().openapi_schema.to_schema()))
    return document


@pytest.fixture
async def client(app: Litestar, document: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client without a token; each problem it meets must be a documented one."""

    async def check(response: httpx.Response) -> None:
        if response.is_error:
            await response.aread()
            check_problem(response, document)
        elif response.headers.get("Content-Length") == str(len(b"null")):
            assert await response.aread() != b"null", "an answer without content has no body"

    async with httpx.AsyncClient(
        transport=in_process(app), base_url="http://tracklift.test", event_hooks={"response": [check]}
    ) as client:
        yield client


@pytest.fixture
def ada(client: httpx.AsyncClient, backstage: Backstage) -> httpx.AsyncClient:
    """Give a client with Ada's token."""
    client.headers.update(backstage.headers(ADA))
    return client
