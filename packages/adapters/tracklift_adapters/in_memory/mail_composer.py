"""Mail without templates."""

import hashlib
from collections.abc import Mapping
from html import escape

from typing_extensions import override

from tracklift_domain.notification.notification import Mail, Notification
from tracklift_domain.notification.ports import MailComposer
from tracklift_domain.notification.shown_name import shown_name


class InMemoryMailComposer(MailComposer):
    """Lists a notification's facts, one on each line."""

    @override
    def compose(self, notification: Notification) -> Mail:
        lines = []
        for name, fact in notification.facts.items():
            if isinstance(fact, str | int | float):
                lines.append(f"{name}: {_shown(name, fact)}")
            else:
                lines += [_in_a_line(each) for each in fact]
        text = "\n".join([str(notification.kind), *lines, ""])
        return Mail(
            message_id=f"{hashlib.sha256(notification.key.encode()).hexdigest()[:32]}@in-memory.invalid",
            recipient=notification.recipient,
            subject=str(notification.kind),
            text=text,
            html=f"<pre>{escape(text)}</pre>\n",
        )


def _in_a_line(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {_shown(name, fact)}" for name, fact in facts.items())


def _shown(name: str, fact: object) -> str:
    return shown_name(str(fact)) if name.endswith("_name") else " ".join(str(fact).split())
