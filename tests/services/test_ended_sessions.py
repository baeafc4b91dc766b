"""What a session has opened ends with it, at whichever gateway."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.accounts import open_session
from tests.end_to_end.user import User
from tests.end_to_end.waiting import PATIENCE
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

pytestmark = pytest.mark.network


@pytest.fixture
def user(stage: Stage) -> Iterator[User]:
    """Give somebody new."""
    user = stage.new_user()
    yield user
    user.http.close()


def log_in(stage: Stage, user: User) -> dict[str, str]:
    """Begin a session, and give its tokens."""
    form = {"grant_type": "refresh_token", "refresh_token": open_session(stage, user.email)}
    return dict(user.http.post("/v1/token", data=form).raise_for_status().json())


@contextmanager
def stream(address: str, tokens: dict[str, str]) -> Iterator[Iterator[str]]:
    """Open an event stream, and give its lines."""
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    with httpx.stream("GET", f"{address}/v1/events", headers=bearer, timeout=PATIENCE) as answer:
        answer.raise_for_status()
        lines = answer.iter_lines()
        assert next(lines).startswith(":")
        yield lines


def test_a_log_out_ends_the_streams_of_its_session_at_every_gateway(
    stage: Stage, user: User, second_gateway: ServiceProcess
) -> None:
    """And leaves those of another session alone."""
    addresses = [stage.services.gateway.address, second_gateway.address]
    left, stays = log_in(stage, user), log_in(stage, user)
    with ExitStack() as stack:
        ended = [stack.enter_context(stream(address, left)) for address in addresses]
        others = [stack.enter_context(stream(address, stays)) for address in addresses]

        user.http.post("/v1/revoke", data={"token": left["refresh_token"]}).raise_for_status()

        for lines in ended:
            assert not any(line.startswith("event:") for line in lines), "it ends"
        user.upload(_a_letter(stage))
        for lines in others:
            assert any(line.startswith("event: state") for line in lines), "it goes on"


def test_all_streams_of_a_deleted_user_end_at_every_gateway(
    stage: Stage, user: User, second_gateway: ServiceProcess
) -> None:
    tokens = log_in(stage, user)
    with ExitStack() as stack:
        streams = [
            stack.enter_context(stream(address, tokens))
            for address in (stage.services.gateway.address, second_gateway.address)
        ]

        user.http.delete("/v1/me").raise_for_status()

        for lines in streams:
            assert not any(line.startswith("event:") for line in lines), "it ends"


def _a_letter(stage: Stage) -> Path:
    video = stage.services.gateway.log.with_name("letter.mp4")
    video.write_text("Dear video")
    return video
