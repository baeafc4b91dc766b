"""Signing in with an OpenID provider in a program: the user does it in a browser anywhere (RFC 8628)."""

from functools import partial

from tracklift_client.credentials import Tokens
from tracklift_client.errors import ConnectionLostError, ProblemError, UnexpectedAnswerError
from tracklift_client.models.accounts import DeviceSignIn, TokenAnswer
from tracklift_client.routes import BEGIN_DEVICE_SIGN_IN, COMPLETE_DEVICE_SIGN_IN
from tracklift_client.session import Session, called
from tracklift_client.small_requests import json_request
from tracklift_client.steps import Steps, Wait, work

_SLOWER = 5
"""Seconds by which the interval grows when the server asks for it (RFC 8628, section 3.5)."""


def begin_device_sign_in(_session: Session, provider: str) -> Steps[DeviceSignIn]:
    """Begin to sign in with a provider that `sign_in_providers` lists; show the user address and code of the answer."""
    request = json_request(BEGIN_DEVICE_SIGN_IN, {"provider": provider})
    return (yield from called(request, DeviceSignIn))


def complete_device_sign_in(session: Session, begun: DeviceSignIn) -> Steps[None]:
    """Wait until the user has signed in; from then on the tokens are used, and renewed by themselves.

    Raises:
        ProblemError: the user or the provider declines, or it took too long (`expired_token`).
    """
    attempts, interval, waited = session.patience.begin(), begun.interval, 0
    request = json_request(COMPLETE_DEVICE_SIGN_IN, {"device_code": begun.device_code})
    while waited <= begun.expires_in:
        yield Wait(interval)
        waited += interval
        try:
            tokens = Tokens.of((yield from called(request, TokenAnswer)))
        except (ProblemError, ConnectionLostError) as error:
            code = getattr(error, "code", "")
            if code not in {"authorization_pending", "slow_down"}:
                yield from attempts.failed(error)
                continue
            attempts.succeeded()
            interval += _SLOWER if code == "slow_down" else 0
        else:
            yield from work(partial(session.tokens.write, tokens))
            return
    raise UnexpectedAnswerError("The server does not end the sign-in, though its time is over.")
