"""Mail without templates."""

import hashlib
from html import escape

from typing_extensions import override

from tracklift_domain.notification.notification import Mail, Notification
from tracklift_domain.notification.ports import MailComposer


class InMemoryMailComposer(MailComposer):
    """Lists a notification's facts, one on each line."""

    @override
    def compose(self, notification: Notification) -> Mail:
        lines = [f"{name}: {' '.join(str(fact).split())}" for name, fact in notification.facts.items()]
        text = "\n".join([str(notification.kind), *lines, ""])
        name = notification.facts.get("audio_name", notification.facts.get("video_name", ""))
        return Mail(
            message_id=f"{hashlib.sha256(notification.key.encode()).hexdigest()[:32]}@in-memory.invalid",
            recipient=notification.recipient,
            subject=" ".join(f"{notification.kind}: {name}".split()),
            text=text,
            html=f"<pre>{escape(text)}</pre>\n",
        )
