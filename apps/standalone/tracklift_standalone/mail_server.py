"""Looks for problems that would keep a mail server from accepting Tracklift's mails."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from tracklift_adapters.smtp.probe import Step, UnusableMailServerError, probe
from tracklift_adapters.smtp.server import SmtpServer
from tracklift_standalone.finding import Finding

_LONGEST_ANSWER = timedelta(seconds=10)
"""A user waits at the terminal."""
_WRONG: Mapping[Step, tuple[str, str]] = {
    Step.CONNECT: (
        "can't be reached",
        "Start it, or correct TRACKLIFT_SMTP_HOST and TRACKLIFT_SMTP_PORT (with 465, TRACKLIFT_SMTP_SECURITY is tls).",
    ),
    Step.GREETING: (
        "takes no mail",
        "Ask its operator, or name another in TRACKLIFT_SMTP_HOST and TRACKLIFT_SMTP_PORT.",
    ),
    Step.TLS: (
        "can't be reached over TLS",
        "Correct TRACKLIFT_SMTP_SECURITY (tls with port 465, starttls with 587) or TRACKLIFT_SMTP_HOST.",
    ),
    Step.LOG_IN: ("refuses the login", "Correct TRACKLIFT_SMTP_USERNAME and TRACKLIFT_SMTP_PASSWORD."),
}


def examine_mail_server(server: SmtpServer) -> Finding:
    """Connect and log in as for a mail, without sending one."""
    what = f"mail server {server.host}:{server.port}"
    try:
        asyncio.run(probe(replace(server, timeout=min(server.timeout, _LONGEST_ANSWER))))
    except UnusableMailServerError as error:
        wrong, fix = _WRONG[error.step]
        return Finding(f"{what} {wrong}: {error}", fix)
    login = "no login" if server.username is None else f"logged in as {server.username}"
    return Finding(f"{what} takes mail (security: {server.security}, {login})")
