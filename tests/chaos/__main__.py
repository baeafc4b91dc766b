"""Kills every process and every server in turn, at random, while conversions run: `make chaos`.

At the end there must be one MP3 and one mail for each conversion, and nothing stuck or orphaned.
"""

import argparse
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.chaos.judging import judge
from tests.chaos.killing import killing, victims_of
from tests.chaos.uploading import sign_up_verified, upload_persistently
from tests.chaos.world import running_world
from tests.media.samples import sample

_SETTINGS = {
    "TRACKLIFT_IDLE_UPLOAD": "3s",
    "TRACKLIFT_ORPHAN_AGE": "3s",
    "TRACKLIFT_STALLED_AFTER": "20s",
    "TRACKLIFT_UNFINISHED_PER_USER": "1000",
    "TRACKLIFT_UPLOADS_PER_HOUR": "100000",
    "TRACKLIFT_KEEP_SOURCE": "0",
    # Each kill of a converter may cost an attempt, and here are more kills than in years.
    "TRACKLIFT_ATTEMPTS": "100",
}


def main() -> int:
    """Run, say what was found, and give the exit code."""
    arguments = _arguments()
    chance = random.Random(arguments.seed)  # noqa: S311  # to be repeated, not to be unguessable
    _say(f"seed {arguments.seed}: repeat with --seed {arguments.seed}")
    with running_world(converters=arguments.converters, settings=_SETTINGS) as world:
        services = world.services
        _say(f"{world.servers.description}; {len(services.all)} processes")
        user = sign_up_verified(services.address, world.sink)
        video = sample("one-second")
        with (
            killing(
                victims_of(services, world.servers, world.sink), chance, pause=arguments.pause, say=_say
            ) as kills,
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
            f"{kills.total()} kills: " + ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
        )
        for service in services.all:
            service.wait_until_ready()
        user.log_in()
        return judge(user, ids, world.sink, world.mongodb_url, _say)


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
