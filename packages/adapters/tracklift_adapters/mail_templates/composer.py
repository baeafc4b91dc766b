"""Mail from templates."""

import hashlib
from datetime import datetime
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from typing_extensions import override

from tracklift_adapters.mail_templates.wording import moment_in_words, playing_time, size_in_words
from tracklift_domain.notification.notification import Mail, Notification, NotificationKind
from tracklift_domain.notification.ports import MailComposer

_LONGEST_SUBJECT = 150
"""Characters: more than any program shows, and still one header of a few lines."""


class TemplateMailComposer(MailComposer):
    """Fills in a subject, a text and an HTML template for each kind of notification."""

    def __init__(self, public_url: str) -> None:
        """Link to pages below `public_url`, whose host is also that of the Message-IDs."""
        self._public_url = public_url.rstrip("/")
        self._host = urlsplit(public_url).hostname or "localhost"
        self._templates = Environment(
            loader=PackageLoader("tracklift_adapters.mail_templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._templates.filters |= {
            "size": size_in_words,
            "playing_time": playing_time,
            "moment": lambda text: moment_in_words(datetime.fromisoformat(text)),
        }

    @override
    def compose(self, notification: Notification) -> Mail:
        facts = {
            **notification.facts,
            "page": f"{self._public_url}/conversions/{notification.facts['conversion_id']}",
        }
        name = notification.kind.value
        digest = hashlib.sha256(notification.key.encode()).hexdigest()[:40]
        return Mail(
            message_id=f"{digest}@{self._host}",
            recipient=notification.recipient,
            subject=_subject(notification),
            text=self._templates.get_template(f"{name}.txt").render(facts),
            html=self._templates.get_template(f"{name}.html").render(facts),
        )


def _subject(notification: Notification) -> str:
    facts = notification.facts
    match notification.kind:
        case NotificationKind.AUDIO_READY:
            subject = f"Your MP3 is ready: {facts['audio_name']}"
        case NotificationKind.CONVERSION_FAILED:
            subject = f"Your MP3 could not be made: {facts['video_name']}"
    # A header is one line, whatever the name of the video is.
    line = " ".join("".join(c if c.isprintable() else " " for c in subject).split())
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"
