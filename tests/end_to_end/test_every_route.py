"""Every route answers as the OpenAPI document says, whatever it is sent: what that allows, and what it does not."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import PATIENCE
from tests.unit.http.test_documentation import OPERATIONS

pytestmark = pytest.mark.network
ENDING = {
    "DELETE /v1/me",
    "DELETE /v1/sessions",
    "GET /v1/events",
    "GET /v1/conversions/{conversion_id}/events",
}
"""After these everything else would be refused, or they never end."""
_EACH_RUN = 50
"""Examples of hypothesis in a run of each change: thorough ones have more."""
_EXAMPLES = 3 if settings().max_examples <= _EACH_RUN else settings().max_examples // 10
"""For each route: few in each run, as there are many routes, and the same ones each time."""
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]


@schemathesis.serializer("application/offset+octet-stream")
def write_part(_context: Any, value: Any) -> Any:
    """Send a part of an upload as it is made."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def tracklift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Run Tracklift."""
    with running(tmp_path_factory.mktemp("routes"), {"TRACKLIFT_API_KEYS_PER_USER": "10000"}) as process:
        yield process


@pytest.fixture(scope="module")
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give an admin, for whom most routes have most answers."""
    user = new_user(tracklift.data, tracklift.address, "ada@example.org", "admin")
    yield user
    user.http.close()


@pytest.fixture(scope="module")
def api(tracklift: StandaloneProcess) -> Any:
    """Read what the routes say of themselves."""
    return schemathesis.openapi.from_url(f"{tracklift.address}/v1/openapi.json")


@pytest.mark.parametrize("operation", sorted(OPERATIONS - ENDING))
def test_a_route_answers_as_it_is_documented(api: Any, user: User, operation: str) -> None:
    """Signed in, as an admin."""
    method, path = operation.split(" ")
    bearer = {"Authorization": f"Bearer {user.token}"}

    @settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=api[path][method].as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(headers=bearer, checks=CHECKS, timeout=PATIENCE)

    call()
