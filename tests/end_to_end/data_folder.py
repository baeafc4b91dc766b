"""What lies in the data folder of a Tracklift that runs."""

import email
import email.policy
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.end_to_end.waiting import wait_for

_WITHOUT_CONTENT = ("@lock",)
"""Ends of names of files that only serve as locks."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that conversions leave in a data folder, to be compared with an earlier look."""

    conversions: tuple[str, ...]
    """Ids and states."""
    outbox: int
    messages: int
    dead_letters: int
    mails: int
    media: tuple[str, ...]
    """Files, half-written ones too."""
    scratch: tuple[str, ...]
    processes: tuple[int, ...]


class DataFolder:
    """Looks into the database, the queue, the media store, the mailbox and the scratch folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def accounts(self) -> str:
        """The URL of the database of its users."""
        return f"sqlite:///{self.path / 'tracklift.sqlite3'}"

    def contents(self) -> Contents:
        """Look at everything."""
        return Contents(
            conversions=tuple(sorted(f"{row['id']} {row['state']}" for row in self.rows("conversions"))),
            outbox=len(self.rows("outbox")),
            messages=len(self.rows("messages")),
            dead_letters=len(self.rows("dead_letters")),
            mails=len(self.mails_about_conversions()),
            media=tuple(self.media_files()),
            scratch=tuple(self.scratch()),
            processes=tuple(self.processes()),
        )

    def settled_contents(self) -> Contents:
        """Wait until nothing is under way any more, and look at everything."""
        try:
            return wait_for(self._contents_if_settled, "nothing is under way")
        except AssertionError as error:
            raise AssertionError(f"{error}, but there is {self.contents()}") from None

    def _contents_if_settled(self) -> Contents | None:
        contents = self.contents()
        under_way = (contents.outbox, contents.messages, contents.scratch, contents.processes)
        return None if any(under_way) else contents

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """Give the rows of a table of the database or the queue."""
        file = (
            "queue.sqlite3" if table in {"messages", "dead_letters", "subscriptions"} else "tracklift.sqlite3"
        )
        with closing(sqlite3.connect(f"file:{self.path / file}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # a table of the tests' own choice
        return [dict(row) for row in found]

    def conversion(self, conversion_id: str) -> Mapping[str, Any]:
        """Give a conversion's row."""
        (row,) = (row for row in self.rows("conversions") if row["id"] == conversion_id)
        return row

    def media(self) -> list[str]:
        """Give the ids of the files that are stored whole."""
        return sorted(path.name.removesuffix("@record") for path in self._in_media("*@record"))

    def media_files(self) -> list[str]:
        """Give all files of the media store, also those that are half written or that nobody knows."""
        return sorted(path.name for path in self._in_media("*") if not path.name.endswith(_WITHOUT_CONTENT))

    def half_uploads(self) -> list[str]:
        """Give the files of videos that are still coming in."""
        uploading = [row["id"] for row in self.rows("conversions") if row["state"] == "uploading"]
        return [name for name in self.media_files() if name.partition(".")[0] in uploading]

    def scratch(self) -> list[str]:
        """Give what is in the scratch folder."""
        return sorted(path.name for path in (self.path / "scratch").glob("*"))

    def mail_files(self) -> list[Path]:
        """Give the files in the mailbox, unfinished ones too."""
        mailbox = self.path / "mailbox"
        return sorted(mailbox.iterdir()) if mailbox.is_dir() else []

    def mails(self) -> list[EmailMessage]:
        """Give the mails."""
        return [_read_mail(path) for path in self.mail_files() if path.suffix == ".eml"]

    def mails_about_conversions(self) -> list[EmailMessage]:
        """Give the mails that link to any conversion; there are others, about the account."""
        return self.mails_about("/conversions/")

    def mails_about(self, conversion_id: str) -> list[EmailMessage]:
        """Give the mails that name a conversion."""
        return [mail for mail in self.mails() if conversion_id in text_of(mail)]

    def processes(self) -> list[int]:
        """Give the processes of extractions: they work in the scratch folder."""
        return sorted(int(path.name) for path in Path("/proc").glob("[0-9]*") if self._works_here(path))

    def _works_here(self, process: Path) -> bool:
        try:
            return (process / "cwd").readlink().is_relative_to(self.path / "scratch")
        except OSError:
            return False  # Gone meanwhile, or somebody else's.

    def _in_media(self, pattern: str) -> list[Path]:
        return list((self.path / "media").glob(f"??/{pattern}"))


@lru_cache(maxsize=1000)
def _read_mail(path: Path) -> EmailMessage:
    """Read a mail, which nobody changes once it has its name; tests look at all of them many times a second."""
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


@lru_cache(maxsize=1000)
def text_of(mail: EmailMessage) -> str:
    """Give the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
