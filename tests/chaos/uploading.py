"""A client that does not give up."""

import threading
import time
from pathlib import Path

import httpx

from tests.end_to_end.mailed_links import verify_address
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.servers.smtp_sink import SmtpSink

_PATIENCE = 300.0
"""Seconds in which an upload must get through, however often something is killed."""


def sign_up_verified(address: str, sink: SmtpSink) -> User:
    """Sign somebody up and verify the address, so that outcomes are mailed."""
    user = User(address).sign_up()
    (mail,) = wait_for(lambda: sink.mails, "the mail to verify the address comes")
    return verify_address(user, mail.message)


def upload_persistently(user: User, video: Path, key: str, *, pause: float) -> str:
    """Upload a video, again and again with the same idempotency key until it is accepted; give the conversion's id.

    Before it begins it waits for `pause` seconds.
    """
    threading.Event().wait(pause)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            answer = user.send(video, key=key)
            if answer.status_code == 202:
                return str(answer.json()["id"])
            reason = answer.text
            # What can't be had now (429, 5xx), or an upload whose end nobody saw (409), may be had later.
            assert answer.status_code in {401, 409, 429} or answer.status_code >= 500, reason
            if answer.status_code == 401:
                user.log_in()
        except httpx.HTTPError as error:
            reason = repr(error)
        assert time.monotonic() < deadline, f"the upload {key} did not get through: {reason}"
        # The pause of a client before it tries again.
        threading.Event().wait(0.3)
