"""Mail written into a folder."""

import asyncio
import hashlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.notification.message import read_sender, write_message
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer

_SERVICE = "The mailbox"
_log = logging.getLogger("tracklift.mail")


class MailboxMailer(Mailer):
    """Writes each mail as one file, which mail programs open, into a folder that only its owner may look into.

    The file's name comes from the Message-ID, so a mail that is handed over again is there once and keeps its first
    date. It appears whole, and is on the disk, before the mail counts as handed over. Files are written in one thread
    of the mailer's own, which `close` ends.
    """

    def __init__(self, folder: Path, clock: Clock, *, sender: str) -> None:
        """Take `sender` as name@example.org or as Name <name@example.org>, else raise `ValueError`."""
        self._folder = folder
        self._clock = clock
        self._sender = read_sender(sender)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")

    def close(self) -> None:
        """Wait for the files under way and end the thread. Closing twice is not an error."""
        self._thread.shutdown()

    @override
    async def send(self, mail: Mail) -> None:
        try:
            writing = self._thread.submit(self._store, mail, self._clock.now())
        except RuntimeError as error:
            raise ServiceUnavailableError(_SERVICE, "it is closed") from error
        await asyncio.wrap_future(writing)

    def _store(self, mail: Mail, date: datetime) -> None:
        message = write_message(mail, sender=self._sender, date=date)
        name = hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]
        file = self._folder / f"{name}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if file.exists():
                return
            # The name is not random: what a crash leaves is overwritten when the mail is redelivered.
            _write_durably(self._folder / f".{name}.part", file, message)
        except OSError as error:
            raise ServiceUnavailableError(_SERVICE, error.strerror or str(error)) from error
        _log.info("Mail to %s: %s (%s)", mail.recipient, mail.subject, file)


def _write_durably(temporary: Path, file: Path, content: bytes) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    temporary.rename(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
