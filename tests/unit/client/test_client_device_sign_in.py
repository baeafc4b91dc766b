"""Signing in with a provider in a program that uses the client."""

from collections.abc import Callable

import pytest

from tests.unit.client.scripted_server import Driver, ScriptedServer, answered, problem, tokens
from tracklift_client.credentials import MemoryTokens
from tracklift_client.errors import ConnectionLostError, ProblemError, UnexpectedAnswerError
from tracklift_client.models.accounts import DeviceSignIn
from tracklift_client.operations.device_sign_in import complete_device_sign_in
from tracklift_client.patience import Patience
from tracklift_client.session import Session
from tracklift_client.steps import Close, Head, Open, Read, Step, Wait, Work

CODES = {
    "device_code": "for the program",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://login.example.org/device",
    "verification_uri_complete": None,
    "expires_in": 900,
    "interval": 0,
}
BEGUN = DeviceSignIn(**{**CODES, "interval": 5})  # type: ignore[arg-type]  # of several types


def test_the_tokens_are_kept_once_the_user_has_signed_in(driver: Driver) -> None:
    """What may pass, such as a line that is cut or a busy server, is tried again."""
    server = ScriptedServer(
        [
            answered(CODES),
            problem(400, "authorization_pending"),
            problem(503, "service_unavailable"),
            problem(400, "authorization_pending"),
            tokens(7),
            answered({"items": []}),
        ]
    )
    begun = driver.run(server, "begin_device_sign_in", "company")
    driver.run(server, "complete_device_sign_in", begun)
    driver.run(server, "sessions")

    assert server.bodies[:2] == [b'{"provider":"company"}', b'{"device_code":"for the program"}']
    assert server.requests[-1].headers["Authorization"] == "Bearer access-7"
    assert begun.user_code == "ABCD-EFGH"


def test_what_the_server_declines_ends_it(driver: Driver) -> None:
    server = ScriptedServer([problem(400, "sign_in_refused")])

    with pytest.raises(ProblemError) as caught:
        driver.run(server, "complete_device_sign_in", DeviceSignIn(**CODES))  # type: ignore[arg-type]  # as above

    assert caught.value.code == "sign_in_refused"


def waits_of(answer: Callable[[int], bytes | None]) -> list[float]:
    """Carry out the steps of a sign-in, and give for how long it waits; `answer` is a problem, `None` a cut line."""
    session = Session(tokens=MemoryTokens(), patience=Patience(first_wait=0.25))
    steps = complete_device_sign_in(session, BEGUN)
    waits: list[float] = []
    step: Step = next(steps)
    asked = 0
    try:
        while True:
            match step:
                case Wait():
                    waits.append(step.seconds)
                    step = steps.send(None)
                case Open():
                    asked += 1
                    body = answer(asked)
                    if body is None:
                        step = steps.throw(ConnectionLostError("cut"))
                    else:
                        rest = [b"", body]
                        step = steps.send(Head(400, {}))
                case Read():
                    step = steps.send(rest.pop())
                case Close() | Work():
                    step = steps.send(None)
    except (UnexpectedAnswerError, StopIteration):
        return waits


def a_problem(code: str) -> bytes:
    return problem(400, code).content


def test_a_program_that_is_to_slow_down_waits_longer_from_then_on() -> None:
    """Also after a line that was cut, which it waits for besides."""
    codes = {1: a_problem("authorization_pending"), 2: a_problem("slow_down"), 3: None}

    waits = waits_of(lambda number: codes.get(number, a_problem("authorization_pending")))

    assert waits[:5] == [5, 5, 10, 0.25, 10]


def test_it_ends_even_if_the_server_does_not_end_it() -> None:
    waits = waits_of(lambda _: a_problem("authorization_pending"))

    assert sum(waits) == 905
