"""Whether everything that was accepted is done, once."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from pymongo import MongoClient

from tests.end_to_end.user import UNFINISHED, User
from tests.servers.smtp_sink import ReceivedMail, SmtpSink

_CALM = 240.0
"""Seconds in which all must have ended once nothing is done to anybody any more."""


def judge(user: User, ids: list[str], sink: SmtpSink, mongodb_url: str, say: Callable[[str], None]) -> int:
    """Wait until all is calm, say what is there and what is wrong, and give the exit code."""
    wrong = []
    if len(set(ids)) != len(ids):
        wrong.append(f"{len(ids) - len(set(ids))} conversions were handed out twice")
    states = _wait_until_calm(user, ids, sink)
    if states != {"completed": len(ids)}:
        wrong.append(f"states: {dict(states)}")
    message_ids = Counter(mail.message["Message-ID"] for mail in _about_conversions(sink))
    told = {
        conversion for conversion in ids if any(conversion.encode() in mail.content for mail in sink.mails)
    }
    if len(message_ids) != len(ids) or len(told) != len(ids):
        wrong.append(f"{len(message_ids)} mails told of {len(told)} of {len(ids)} conversions")
    repeated = sum(count - 1 for count in message_ids.values())
    names = _wait_until_swept(mongodb_url, len(ids))
    if sorted(names) != sorted(_mp3_names(user, ids)):
        wrong.append(f"{len(names)} files in the media store for {len(ids)} MP3s: {names[:5]} …")
    say(
        f"{states.get('completed', 0)} of {len(ids)} completed, {len(message_ids)} mails, {repeated} handed over twice "
        f"with the same Message-ID, {len(names)} files in the media store"
    )
    for line in wrong:
        say(f"WRONG: {line}")
    return 1 if wrong else 0


def _about_conversions(sink: SmtpSink) -> list[ReceivedMail]:
    # One more verifies the address of the new user.
    return [mail for mail in sink.mails if b"/conversions/" in mail.content]


def _wait_until_calm(user: User, ids: list[str], sink: SmtpSink) -> Counter[str]:
    states: dict[str, str] = {}
    for _ in range(int(_CALM)):
        unfinished = [each for each in ids if states.get(each, "queued") in UNFINISHED]
        states |= {conversion: str(user.record(conversion)["state"]) for conversion in unfinished}
        mails = len({mail.message["Message-ID"] for mail in _about_conversions(sink)})
        if not UNFINISHED & set(states.values()) and mails >= len(ids):
            break
        threading.Event().wait(1)
    return Counter(states[conversion] for conversion in ids)


def _mp3_names(user: User, ids: list[str]) -> list[str]:
    return [f"{conversion}.audio.{user.record(conversion)['attempt']}" for conversion in ids]


def _wait_until_swept(url: str, expected: int) -> list[str]:
    """Wait for the sweep, and give the names of the files that are left; chunks without a file count as one each."""
    names: list[str] = []
    with MongoClient[dict[str, Any]](url) as client:
        database = client.get_default_database()
        for _ in range(60):
            files = list(database["media.files"].find({}, {"filename": 1}))
            known = {file["_id"] for file in files}
            stray = [
                str(owner) for owner in database["media.chunks"].distinct("files_id") if owner not in known
            ]
            names = [str(file["filename"]) for file in files] + stray
            if len(names) == expected:
                break
            threading.Event().wait(1)
    return names
