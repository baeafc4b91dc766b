"""The user's second factor: one-time codes of an app."""

from tracklift_client.models.accounts import NewSecondFactor, RecoveryCodes, SecondFactor
from tracklift_client.patience import patiently
from tracklift_client.routes import (
    BEGIN_SECOND_FACTOR,
    CONFIRM_SECOND_FACTOR,
    GET_SECOND_FACTOR,
    REMOVE_SECOND_FACTOR,
)
from tracklift_client.session import Session
from tracklift_client.small_requests import json_request, plain_request
from tracklift_client.steps import Steps


def second_factor(session: Session) -> Steps[SecondFactor]:
    """Show whether there is one."""
    request = plain_request(GET_SECOND_FACTOR)
    return (yield from patiently(session.patience, lambda: session.called(request, SecondFactor)))


def begin_second_factor(session: Session, password: str) -> Steps[NewSecondFactor]:
    """Make the secret for an app. Log-ins ask for codes once the first one was confirmed."""
    return (
        yield from session.called(json_request(BEGIN_SECOND_FACTOR, {"password": password}), NewSecondFactor)
    )


def confirm_second_factor(session: Session, code: str) -> Steps[list[str]]:
    """Show the app's first code, and get the recovery codes, which are shown this once."""
    codes = yield from session.called(json_request(CONFIRM_SECOND_FACTOR, {"code": code}), RecoveryCodes)
    return codes.recovery_codes


def remove_second_factor(session: Session, password: str, code: str) -> Steps[None]:
    """Log in with the password alone again; `code` may be a recovery code."""
    yield from session.done(json_request(REMOVE_SECOND_FACTOR, {"password": password, "code": code}))
