"""Mail made from templates."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, TemplateError, select_autoescape
from jinja2.meta import find_undeclared_variables
from typing_extensions import override

from tracklift_adapters.mail_templates.wording import (
    about_in_words,
    duration_in_words,
    loss_in_words,
    one_line,
    size_in_words,
    utc_time_in_words,
)
from tracklift_domain.notification.notification import Mail, Notification, NotificationKind
from tracklift_domain.notification.ports import MailComposer
from tracklift_domain.notification.shown_name import shown_name

_CONVERSION = ("/conversions/", "conversion_id")
_LINKS: Mapping[NotificationKind, tuple[str, str | None]] = {
    NotificationKind.AUDIO_READY: _CONVERSION,
    NotificationKind.CONVERSION_FAILED: _CONVERSION,
    NotificationKind.VERIFY_EMAIL: ("/verify-email?token=", "token"),
    NotificationKind.RESET_PASSWORD: ("/reset-password?token=", "token"),
    NotificationKind.INVITATION: ("/accept-invitation?token=", "token"),
    NotificationKind.CHANGE_EMAIL: ("/confirm-email?token=", "token"),
    NotificationKind.EMAIL_CHANGED: ("/", None),
    NotificationKind.SECOND_FACTOR_REMOVED: ("/account", None),
    NotificationKind.DIGEST: ("/", None),
}
"""Where the link of a kind leads, and the fact at its end."""
_NAMES = {"video_name", "audio_name"}
"""Facts that are a sender's own words."""
_OPTIONAL = {"audio_damage", "audio_cut_off"}
"""Facts that a notification may lack."""
_PARTS = ("subject.txt", "txt", "html")


@dataclass(frozen=True)
class _Templates:
    parts: Sequence[Template]
    """In the order of `_PARTS`."""
    needed: frozenset[str]
    """The facts without which they can't be filled in."""


class TemplateMailComposer(MailComposer):
    """Fills in the templates of a notification's kind: `<kind>.subject.txt`, `<kind>.txt` and `<kind>.html`."""

    def __init__(self, public_url: str) -> None:
        """`public_url` is where users reach Tracklift, for links and the host of Message-IDs.

        Raises:
            ValueError: it is not an http or https URL, or has a query or fragment.
        """
        self._public_url = public_url.rstrip("/")
        self._host = _host(public_url)

    @override
    def compose(self, notification: Notification) -> Mail:
        """Write the mail.

        Raises:
            ValueError: the facts lack something that the templates need, or one of them can't be understood.
        """
        kind = notification.kind
        templates = _templates_of(kind)
        missing = templates.needed - notification.facts.keys()
        if missing:
            raise ValueError(f"the facts of {kind} lack {', '.join(sorted(missing))}")
        facts = {name: _fit_to_read(name, fact) for name, fact in notification.facts.items()}
        before, fact = _LINKS[kind]
        facts["link"] = f"{self._public_url}{before}{quote(str(facts[fact]), safe='') if fact else ''}"
        try:
            subject, text, html = (part.render(facts) for part in templates.parts)
        except (TemplateError, TypeError, ValueError) as error:
            raise ValueError(f"the facts of {kind} can't be understood: {error}") from error
        return Mail(
            message_id=f"{hashlib.sha256(notification.key.encode()).hexdigest()[:32]}@{self._host}",
            recipient=notification.recipient,
            subject=subject.strip(),
            text=text,
            html=html,
        )


@cache
def _templates_of(kind: NotificationKind) -> _Templates:
    """Read the templates of a kind when its first mail is made: to read all takes a sixth of the time of a start."""
    environment, loader = _environment(), _loader()
    names = [f"{kind}.{part}" for part in _PARTS]
    sources = [loader.get_source(environment, name)[0] for name in names]
    found = set().union(*(find_undeclared_variables(environment.parse(source)) for source in sources))
    _, at_the_end = _LINKS[kind]
    needed = found - {"self", "link"} - _OPTIONAL | ({at_the_end} if at_the_end else set())
    return _Templates(parts=tuple(map(environment.get_template, names)), needed=frozenset(needed))


@cache
def _loader() -> PackageLoader:
    return PackageLoader("tracklift_adapters.mail_templates")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=_loader(),
        autoescape=select_autoescape(enabled_extensions=("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        size=size_in_words,
        duration=duration_in_words,
        loss=loss_in_words,
        about=about_in_words,
        utc_time=utc_time_in_words,
    )
    return environment


def _fit_to_read(name: str, fact: object) -> object:
    if isinstance(fact, str):
        return shown_name(fact) if name in _NAMES else one_line(fact)
    if isinstance(fact, Sequence):
        return [{inner: _fit_to_read(inner, value) for inner, value in each.items()} for each in fact]
    return fact


def _host(url: str) -> str:
    parts = urlsplit(url)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or not url.isprintable()
        or " " in url
    ):
        raise ValueError(f"{url!r} is not a public URL: write it as https://tracklift.example.org")
    if ":" in parts.hostname:
        # RFC 5321, section 4.1.3.
        return f"[IPv6:{parts.hostname}]"
    return parts.hostname.encode("idna").decode()
