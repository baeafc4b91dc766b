"""The mailbox in a folder keeps the contract of mailers, and its files are messages that mail programs open."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.contracts.mailer import MAIL, MailerContract, parse_message, read_back
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.mailbox.mailer import MailboxMailer
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.message import read_sender, write_message
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer
from tracklift_domain.user.email_address import EmailAddress

NOW = datetime(2025, 12, 1, 14, 5, 9, tzinfo=UTC)
SENDER = "Tracklift <tracklift@example.org>"


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mailbox"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def mailbox(folder: Path, clock: ManualClock) -> Iterator[MailboxMailer]:
    mailer = MailboxMailer(folder, clock, sender=SENDER)
    yield mailer
    mailer.close()


class TestMailboxMailer(MailerContract):
    @pytest.fixture
    @override
    def mailer(self, mailbox: MailboxMailer) -> Mailer:
        return mailbox

    @pytest.fixture
    @override
    def delivered(self, mailer: Mailer, folder: Path) -> Callable[[], Sequence[Mail]]:
        return lambda: [read_back(file.read_bytes()) for file in folder.glob("*.eml")]

    @pytest.fixture
    @override
    def set_available(self, mailer: Mailer, folder: Path) -> Callable[[bool], None]:
        def set_available(available: bool) -> None:  # noqa: FBT001 (the contract calls it so)
            if available:
                folder.unlink()
            else:
                folder.parent.mkdir()
                folder.write_text("a file in place of the folder")

        return set_available


class TestFiles:
    async def test_a_message_has_the_headers_that_mail_programs_show(
        self, mailbox: MailboxMailer, folder: Path
    ) -> None:
        await mailbox.send(MAIL)

        content = files_in(folder)[0].read_bytes()
        message = parse_message(content)
        assert message["Date"].datetime == NOW
        assert message["From"] == SENDER
        assert message["To"] == "ada@example.org"
        assert message["Message-ID"] == f"<{MAIL.message_id}>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message.get_content_type() == "multipart/alternative"
        assert content.count(b"\n") == content.count(b"\r\n")
        assert max(map(len, content.splitlines())) <= 998

    async def test_a_repeated_mail_is_one_file_that_keeps_its_date(
        self, mailbox: MailboxMailer, folder: Path, clock: ManualClock
    ) -> None:
        await mailbox.send(MAIL)
        first = files_in(folder)[0].read_bytes()
        clock.advance(timedelta(hours=1))
        await mailbox.send(MAIL)

        (file,) = files_in(folder)
        assert file.read_bytes() == first

    async def test_another_mailer_on_the_folder_knows_what_was_handed_over(
        self, mailbox: MailboxMailer, folder: Path, clock: ManualClock
    ) -> None:
        await mailbox.send(MAIL)
        later = MailboxMailer(folder, clock, sender=SENDER)
        await later.send(MAIL)
        later.close()

        assert len(files_in(folder)) == 1

    async def test_a_half_written_file_of_a_crash_is_written_over(
        self, mailbox: MailboxMailer, folder: Path
    ) -> None:
        await mailbox.send(MAIL)
        (file,) = files_in(folder)
        content = file.read_bytes()
        file.unlink()
        (folder / f".{file.stem}.part").write_bytes(content * 2)

        await mailbox.send(MAIL)

        assert files_in(folder) == [file]
        assert read_back(file.read_bytes()) == MAIL
        assert file.stat().st_size == len(content)

    async def test_only_the_owner_may_read_mail(self, mailbox: MailboxMailer, folder: Path) -> None:
        await mailbox.send(MAIL)

        assert [path.stat().st_mode & 0o777 for path in (folder, *files_in(folder))] == [0o700, 0o600]

    async def test_a_message_id_can_not_lead_out_of_the_folder(
        self, mailbox: MailboxMailer, folder: Path
    ) -> None:
        await mailbox.send(replace(MAIL, message_id="../../../etc/cron.d/x@example.org"))

        assert len(files_in(folder)) == 1

    async def test_an_address_beyond_ascii_is_kept(self, mailbox: MailboxMailer, folder: Path) -> None:
        mail = replace(MAIL, recipient=EmailAddress("jörg@exämple.org"), subject="Grüße")

        await mailbox.send(mail)

        assert read_back(files_in(folder)[0].read_bytes()) == mail

    @pytest.mark.parametrize("local_part", ["=?utf-8?q?a=0d=0ab?=", "=?utf-8?q?a?=ü", "=?utf-8?q?a=3c=3e?="])
    async def test_an_address_that_looks_like_an_encoded_word_is_refused(
        self, mailbox: MailboxMailer, local_part: str
    ) -> None:
        with pytest.raises(MailRefusedError):
            await mailbox.send(replace(MAIL, recipient=EmailAddress(f"{local_part}@example.org")))

    async def test_says_in_the_log_who_gets_what_and_where_it_is(
        self, mailbox: MailboxMailer, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "tracklift.mail"):
            await mailbox.send(MAIL)
            await mailbox.send(MAIL)

        (file,) = files_in(folder)
        assert [record.getMessage() for record in caplog.records if record.name == "tracklift.mail"] == [
            f"Mail to ada@example.org: Your MP3 is ready ({file})"
        ]

    async def test_a_cancelled_sending_leaves_a_whole_file_or_none(
        self, mailbox: MailboxMailer, folder: Path
    ) -> None:
        sending = asyncio.create_task(mailbox.send(MAIL))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        mailbox.close()

        assert all(read_back(file.read_bytes()) == MAIL for file in files_in(folder))

    async def test_a_closed_mailbox_is_not_available(self, mailbox: MailboxMailer) -> None:
        mailbox.close()
        mailbox.close()

        with pytest.raises(ServiceUnavailableError, match="closed"):
            await mailbox.send(MAIL)


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "nobody",
        "a@",
        "a@b.org, c@d.org",
        "a@b.org\r\nBcc: eve@example.org",
        "Group: a@b.org, c@d.org;",
        "<>",
    ],
)
def test_a_sender_that_is_not_one_address_is_refused_at_once(
    folder: Path, clock: ManualClock, sender: str
) -> None:
    with pytest.raises(ValueError, match="sender"):
        MailboxMailer(folder, clock, sender=sender)


@pytest.mark.parametrize("sender", ["tracklift@localhost", SENDER, '"Töne, live" <a@example.org>'])
async def test_a_sender_may_have_a_name(folder: Path, clock: ManualClock, sender: str) -> None:
    mailer = MailboxMailer(folder, clock, sender=sender)
    await mailer.send(MAIL)
    mailer.close()

    address = parse_message(files_in(folder)[0].read_bytes())["From"].addresses[0]
    assert address.addr_spec in sender
    assert address.display_name in sender


LOOKALIKES = st.sampled_from(
    ["=?", "?=", "=?utf-8?q?", "=0D=0A", "=?utf-8?b?DQpCY2M6?=", "\u200b", "é", " ", "a"]
)


@pytest.mark.measured_elsewhere
@given(
    subject=st.text(max_size=220) | st.lists(LOOKALIKES).map("".join),
    text=st.text(max_size=300),
    html=st.text(max_size=300),
)
def test_whatever_the_text_is_the_message_has_only_its_own_headers(
    subject: str, text: str, html: str
) -> None:
    """A mail is refused, or arrives with its subject and without a header that came from its words."""
    mail = replace(MAIL, subject=subject, text=text, html=html)
    try:
        content = write_message(mail, sender=read_sender(SENDER), date=NOW)
    except MailRefusedError:
        return

    message = parse_message(content)
    assert message.keys() == [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert message["Subject"].replace("\u200b", "").split() == subject.replace("\u200b", "").split()
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
