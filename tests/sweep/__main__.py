"""Convert videos as odd programs write them, and hold what is heard against ffmpeg's own decoding.

    make sweep
    make sweep ARGS="--seed 7 --cases 2000"

Each case is a way to code sound and some oddities of its index: pauses, edit lists, impossible durations, headers that
contradict them. What ffmpeg decodes of the same packets, laid on the timeline that the file describes, is what the MP3
must hold: as many samples, and the same within what the MP3's own coding changes. Prints the cases where it is not so.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.sweep.changes import a_case
from tests.sweep.judging import judge


def main() -> int:
    """Run, report, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--seed", type=int, help="the first case's seed (default: any)")
    arguments = parser.parse_args()
    first = random.randrange(10**9) if arguments.seed is None else arguments.seed  # noqa: S311 - no secret
    _say(f"Seed {first}")
    oddities: Counter[str] = Counter()
    ratios: list[float] = []
    bad = 0
    with tempfile.TemporaryDirectory(prefix="tracklift-sweep-") as folder:
        for seed in range(first, first + arguments.cases):
            case = a_case(seed)
            verdict = judge(case, Path(folder))
            oddities.update(case.kinds or ["nothing odd"])
            if verdict.complaint:
                bad += 1
                _say(f"Case {seed}, {case.source.coding}, {'; '.join(case.done)}: {verdict.complaint}")
            else:
                ratios.append(verdict.ratio)
    for kind, count in sorted(oddities.items()):
        _say(f"{count:6} {kind}")
    if ratios:
        ratios.sort()
        _say(f"Signal to difference: least {ratios[0]:.1f} dB, median {ratios[len(ratios) // 2]:.1f} dB.")
    _say(f"{arguments.cases} cases, {bad} of them bad.")
    return 1 if bad else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
