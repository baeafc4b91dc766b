"""Convert damaged videos, thousands of them.

    make fuzz
    make fuzz ARGS="--seed 7 --cases 10000"

Each case must end with an MP3 or a named failure: no crash, no hang, nothing unexpected. Prints what became of them,
and the seed of each case that did not.
"""

import argparse
import random
import sys
import time
from collections import Counter

from tests.fuzz.cases import run_case


def main() -> int:
    """Run, report, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=2000, help="how many (default: 2000)")
    parser.add_argument("--seed", type=int, help="the first case's seed (default: any)")
    parser.add_argument("--minutes", type=float, default=20, help="stop after so long (default: 20)")
    arguments = parser.parse_args()
    first = random.randrange(10**9) if arguments.seed is None else arguments.seed  # noqa: S311 - no secret
    _say(f"Seed {first}")
    until = time.monotonic() + arguments.minutes * 60
    outcomes: Counter[str] = Counter()
    bad = 0
    for seed in range(first, first + arguments.cases):
        if time.monotonic() > until:
            _say("Time is up.")
            break
        outcome = run_case(seed)
        outcomes[f"{outcome.kind}: {outcome.detail}" if outcome.kind == "refused" else outcome.kind] += 1
        if not outcome.is_fine:
            bad += 1
            _say(f"\nCase {seed} {outcome.kind}: {outcome.detail}")
    for kind, count in outcomes.most_common():
        _say(f"{count:6} {kind}")
    _say(f"{sum(outcomes.values())} cases, {bad} of them bad.")
    return 1 if bad else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
