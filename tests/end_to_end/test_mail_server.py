"""One process hands its mails to a mail server when it is told of one."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift, running
from tests.end_to_end.test_command_line import assert_found
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough
from tests.servers.certificate import Certificate
from tests.servers.smtp_sink import ReceivedMail, Security, SmtpSink

pytestmark = [pytest.mark.media, pytest.mark.network]
Sinks = Callable[..., SmtpSink]


def settings_of(sink: SmtpSink, **more: str) -> Mapping[str, str]:
    """Give the settings of a process that sends by a sink."""
    named = {"HOST": sink.host, "PORT": str(sink.port), "SECURITY": "none", **more}
    return {
        "TRACKLIFT_MAIL_FROM": "Tracklift <tracklift@example.org>",
        **{f"TRACKLIFT_SMTP_{name}": value for name, value in named.items()},
    }


def about(sink: SmtpSink, conversion_id: str) -> list[ReceivedMail]:
    """Give the mails that tell of a conversion."""
    return [mail for mail in sink.mails if conversion_id.encode() in mail.content]


@pytest.fixture(scope="module")
def mail_server() -> Iterator[SmtpSink]:
    """Give a mail server that takes mail from anybody."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def tracklift(tmp_path_factory: pytest.TempPathFactory, mail_server: SmtpSink) -> Iterator[StandaloneProcess]:
    """Run Tracklift beside a mail server."""
    with running(tmp_path_factory.mktemp("mail"), settings_of(mail_server)) as process:
        yield process


@pytest.fixture
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give somebody with a verified address: the outcome is mailed to no other."""
    user = new_user(tracklift.data, tracklift.address, f"{uuid4().hex}@example.org", verified=True)
    yield user
    user.http.close()


def test_a_conversion_leads_to_one_mail_at_the_mail_server(
    tracklift: StandaloneProcess, mail_server: SmtpSink, user: User
) -> None:
    """And to none in the mailbox, which is not even there."""
    first, second = user.upload(sample("one-second")), user.upload(sample("one-second"))

    wait_for(lambda: about(mail_server, first) and about(mail_server, second), "the mails come")
    assert tracklift.data.settled_contents().mails == 0

    (mail,) = about(mail_server, first)
    assert len(about(mail_server, second)) == 1
    assert (mail.sender, mail.recipients) == ("tracklift@example.org", (user.email,))
    assert str(mail.message["From"]) == "Tracklift <tracklift@example.org>"
    assert f"{tracklift.address}/conversions/{first}".encode() in mail.content
    assert not (tracklift.data.path / "mailbox").exists()


def test_an_unverified_address_is_mailed_only_if_a_setting_says_so(
    tracklift: StandaloneProcess, tmp_path: Path, mail_server: SmtpSink
) -> None:
    user = new_user(tracklift.data, tracklift.address, "unverified@example.org")
    silent = user.upload(sample("one-second"))
    assert user.wait_for_end(silent)["mail"] == "unverified_address"
    with running(tmp_path, {**settings_of(mail_server), "TRACKLIFT_MAIL_UNVERIFIED": "yes"}) as process:
        told_user = new_user(process.data, process.address, "unverified@example.org")
        accepted = told_user.send(sample("one-second")).json()
        assert accepted["mail"] == "expected"
        told = str(accepted["id"])
        assert told_user.wait_for_end(told)["mail"] == "expected"
        wait_for(lambda: about(mail_server, told), "the mail comes")
    tracklift.data.settled_contents()
    assert about(mail_server, silent) == []
    for each in (user, told_user):
        each.http.close()


def test_a_mail_server_that_is_down_loses_no_mail(
    tracklift: StandaloneProcess, mail_server: SmtpSink, user: User
) -> None:
    """The mail waits, also over `kill -9`, and arrives once when the server is back."""
    mail_server.stop()
    conversion = user.upload(sample("one-second"))
    assert user.wait_for_end(conversion)["state"] == "completed"
    wait_for(
        lambda: "The mail server is not available" in tracklift.log.read_text(), "it can't be handed over"
    )
    tracklift.kill()
    tracklift.start()

    mail_server.start()

    wait_for(lambda: about(mail_server, conversion), "the mail comes")
    tracklift.data.settled_contents()
    assert len(about(mail_server, conversion)) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"TRACKLIFT_SMTP_SECURITY": "ssl"}, "TRACKLIFT_SMTP_SECURITY is starttls, tls or none."),
        # As are other numbers out of range.
        *thorough(
            [
                ({"TRACKLIFT_SMTP_PORT": "70000"}, "TRACKLIFT_SMTP_PORT is from 1 to 65535."),
                ({"TRACKLIFT_SMTP_TIMEOUT": "0"}, "TRACKLIFT_SMTP_TIMEOUT is more than 0."),
            ]
        ),
        ({"TRACKLIFT_SMTP_PASSWORD": "secret"}, "TRACKLIFT_SMTP_USERNAME is missing"),
        ({"TRACKLIFT_SMTP_USERNAME": "ada"}, "TRACKLIFT_SMTP_PASSWORD is missing"),
        ({"TRACKLIFT_MAIL_FROM": ""}, "TRACKLIFT_MAIL_FROM is not set"),
        ({"TRACKLIFT_MAIL_FROM": "nobody"}, "TRACKLIFT_MAIL_FROM is name@example.org"),
        (
            {"TRACKLIFT_SMTP_HOST": "", "TRACKLIFT_SMTP_USERNAME": "a", "TRACKLIFT_SMTP_PASSWORD": "secret"},
            "TRACKLIFT_SMTP_HOST is missing",
        ),
    ],
)
def test_a_wrong_setting_stops_the_start(
    tmp_path: Path, smtp_sink: SmtpSink, wrong: Mapping[str, str], named: str
) -> None:
    """One line names the variable and never shows a password."""
    settings = {"TRACKLIFT_DATA_FOLDER": str(tmp_path / "data"), **settings_of(smtp_sink), **wrong}
    done = run_tracklift(["serve", "--port", "0"], settings)

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert named in line
    assert "secret" not in line
    assert not (tmp_path / "data").exists()


def test_doctor_tries_the_mail_server(
    tmp_path: Path, start_smtp_sink: Sinks, smtp_certificate: Certificate
) -> None:
    """All is well, the login is refused, the certificate is not trusted, nothing listens."""
    sink = start_smtp_sink(
        security=Security.STARTTLS, certificate=smtp_certificate, credentials={"ada": "secret"}
    )
    settings = {
        "TRACKLIFT_DATA_FOLDER": str(tmp_path / "data"),
        "TRACKLIFT_PORT": "0",
        "SSL_CERT_FILE": str(smtp_certificate.certificate_file),
        **settings_of(sink, SECURITY="starttls", USERNAME="ada", PASSWORD="secret"),
    }

    well = run_tracklift(["doctor"], settings)
    assert well.returncode == 0, well.stdout
    assert (
        f"mail server 127.0.0.1:{sink.port} takes mail (security: starttls, logged in as ada)" in well.stdout
    )
    assert sink.mails == []

    refused = run_tracklift(["doctor"], {**settings, "TRACKLIFT_SMTP_PASSWORD": "wrong"})
    assert_found(refused, "refuses the login: it answers 535", "TRACKLIFT_SMTP_PASSWORD")

    untrusted = run_tracklift(["doctor"], {**settings, "SSL_CERT_FILE": ""})
    assert_found(untrusted, "its certificate is not trusted", "TRACKLIFT_SMTP_HOST")

    sink.stop()
    assert_found(run_tracklift(["doctor"], settings), "can't be reached", "TRACKLIFT_SMTP_PORT")
