"""Whether clients of tus that are not ours bring a large file over a line that is cut twenty times.

    make bench-cut-uploads
    make bench-cut-uploads ARGS="--megabytes 500 --runtimes services --clients tuspy"

Makes a video with noise behind it. Tracklift in one process, and as services on servers of its own, get it from
tus-js-client, in one part, and from tuspy, in parts of 4 MiB, over a line that is cut at seeded random places. Prints
whether the SHA-256 is right, and by how much the memory of the process that took it in rose above what it had before.
Ends with 1 where bytes are not right, or memory rose by more than the goal.

The tests do the same with a small file (`tests/end_to_end/foreign_clients.py`).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.end_to_end.foreign_clients import (
    CLIENTS,
    CUTS,
    MOST_MEMORY,
    make_file,
    upload_over_a_cut_line,
)
from tests.end_to_end.standalone_process import running
from tests.end_to_end.user import User
from tests.media.samples import sample
from tests.servers.choose import choose
from tests.services.stage import stage_on

_MB = 10**6


@contextmanager
def _one_process(folder: Path) -> Iterator[tuple[User, int]]:
    with running(folder) as process:
        user = User(process.address).sign_up()
        yield user, process.pid
        user.http.close()


@contextmanager
def _services(folder: Path) -> Iterator[tuple[User, int]]:
    with choose().servers() as servers, stage_on(servers, folder) as stage:
        user = stage.sign_up()
        yield user, stage.services.gateway.pid
        user.http.close()


_RUNTIMES: dict[str, Callable[[Path], AbstractContextManager[tuple[User, int]]]] = {
    "standalone": _one_process,
    "services": _services,
}


def _measure(client: str, user: User, process: int, video: Path, sha256: str) -> tuple[str, bool]:
    """Upload the video, delete it, and give a line of the table and whether all is well."""
    began = time.monotonic()
    upload = upload_over_a_cut_line(CLIENTS[client], user, video, process)
    seconds = time.monotonic() - began
    record = user.record(upload.conversion_id)
    is_right = record["source"]["sha256"] == sha256 and not upload.uncut
    state = user.wait_for_end(upload.conversion_id)["state"]
    user.http.delete(f"/v1/conversions/{upload.conversion_id}").raise_for_status()
    line = (
        f"{client:16}{'right' if is_right else 'WRONG':>9}{upload.before / _MB:10.0f} MB"
        f"{upload.grown / _MB:+9.1f} MB{seconds:9.0f} s   {state}"
    )
    return line, is_right and upload.grown < MOST_MEMORY and state == "completed"


def main() -> int:
    """Measure, report, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=2000, help="size of the file (default: 2000)")
    parser.add_argument("--runtimes", nargs="+", choices=_RUNTIMES, default=list(_RUNTIMES))
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=list(CLIENTS))
    parser.add_argument("--folder", type=Path, help="where files are made (default: a temporary one)")
    arguments = parser.parse_args()
    all_well = True
    with tempfile.TemporaryDirectory(prefix="tracklift-cuts-", dir=arguments.folder) as folder:
        video = Path(folder) / "video.mp4"
        sha256 = make_file(video, sample("one-second"), arguments.megabytes * _MB)
        for runtime in arguments.runtimes:
            print(f"\n{runtime}: {arguments.megabytes} MB, {CUTS} cuts\n")
            print(f"{'':16}{'SHA-256':>9}{'before':>13}{'at its peak':>12}{'time':>11}")
            place = Path(folder) / runtime
            place.mkdir()
            with _RUNTIMES[runtime](place) as (user, process):
                for client in arguments.clients:
                    line, is_well = _measure(client, user, process, video, sha256)
                    print(line, flush=True)
                    all_well &= is_well
    print(f"\nThe goal of at most {MOST_MEMORY / _MB:.0f} MB is {'reached' if all_well else 'missed'}.")
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main())
