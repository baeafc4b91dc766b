"""Kills every process and every server in turn, at random, while conversions run: `make chaos`.

At the end there must be one MP3 and one mail for each conversion, and nothing stuck or orphaned.
"""

import argparse
import random
import sys
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient

from tests.chaos.killing import killing, victims_of
from tests.chaos.uploading import upload_persistently
from tests.end_to_end.user import User
from tests.media.samples import sample
from tests.servers.choose import choose
from tests.servers.environment import environment
from tests.servers.smtp_sink import ReceivedMail, SmtpSink
from tests.services.system import running_services

_SETTINGS = {
    "TRACKLIFT_IDLE_UPLOAD": "3s",
    "TRACKLIFT_ORPHAN_AGE": "3s",
    "TRACKLIFT_STALLED_AFTER": "20s",
    "TRACKLIFT_UNFINISHED_PER_USER": "1000",
    # Each kill of a converter may cost an attempt, and here are more kills than in years.
    "TRACKLIFT_ATTEMPTS": "100",
}
_CALM = 240.0
"""Seconds in which all must have ended once nothing is killed any more."""


def main() -> int:
    """Run, say what was found, and give the exit code."""
    arguments = _arguments()
    chance = random.Random(arguments.seed)  # noqa: S311  # to be repeated, not to be unguessable
    _say(f"seed {arguments.seed}: repeat with --seed {arguments.seed}")
    with (
        tempfile.TemporaryDirectory(prefix="tracklift-chaos-") as folder,
        choose().servers() as servers,
        SmtpSink() as sink,
    ):
        servers.start()
        for server in (servers.mysql, servers.rabbitmq):
            server.endpoint.create("tracklift")
        settings = environment(servers, smtp_host=sink.host, smtp_port=sink.port)
        with running_services(
            Path(folder), settings, converters=arguments.converters, settings=_SETTINGS
        ) as services:
            _say(f"{servers.description}; {len(services.all)} processes")
            user = User(services.address).sign_up()
            video = sample("one-second")
            with (
                killing(victims_of(services, servers), chance, pause=arguments.pause, say=_say) as kills,
                ThreadPoolExecutor(4) as clients,
            ):
                uploads = [
                    clients.submit(
                        upload_persistently,
                        user,
                        video,
                        f"chaos-{arguments.seed}-{number}",
                        pause=chance.uniform(0, 2 * arguments.pace),
                    )
                    for number in range(arguments.conversions)
                ]
                ids = [upload.result() for upload in uploads]
                _say(f"{len(ids)} uploads were accepted")
            _say(
                f"{kills.total()} kills: "
                + ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
            )
            for service in services.all:
                service.wait_until_ready()
            user.log_in()
            return _judge(user, ids, sink, settings["TRACKLIFT_MONGODB_URL"])


def _judge(user: User, ids: list[str], sink: SmtpSink, mongodb_url: str) -> int:
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
    _say(
        f"{states.get('completed', 0)} of {len(ids)} completed, {len(message_ids)} mails, {repeated} handed over twice "
        f"with the same Message-ID, {len(names)} files in the media store"
    )
    for line in wrong:
        _say(f"WRONG: {line}")
    return 1 if wrong else 0


def _about_conversions(sink: SmtpSink) -> list[ReceivedMail]:
    # One more is about the address of whoever signed up.
    return [mail for mail in sink.mails if b"/conversions/" in mail.content]


def _wait_until_calm(user: User, ids: list[str], sink: SmtpSink) -> Counter[str]:
    states: Counter[str] = Counter()
    for _ in range(int(_CALM)):
        states = Counter(str(user.record(conversion)["state"]) for conversion in ids)
        unfinished = states["uploading"] + states["queued"] + states["converting"]
        mails = len({mail.message["Message-ID"] for mail in _about_conversions(sink)})
        if not unfinished and mails >= len(ids):
            break
        threading.Event().wait(1)
    return states


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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversions", type=int, default=200)
    parser.add_argument("--converters", type=int, default=2)
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between kills, about")
    parser.add_argument(
        "--pace", type=float, default=2.0, help="seconds between the uploads of one client, about"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except httpx.HTTPError as error:
        sys.exit(f"Tracklift did not answer: {error!r}")
