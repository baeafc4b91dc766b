"""Some cases of the sweep, so that what it expects stays true."""

from pathlib import Path

import pytest

from tests.selection import thorough
from tests.sweep.changes import a_case
from tests.sweep.judging import judge

pytestmark = pytest.mark.media

SEEDS = range(445, 460)
"""Each of them has another way to code sound."""


@pytest.mark.parametrize("seed", [*SEEDS[:3], *thorough(SEEDS[3:])])
def test_a_case_of_the_sweep_is_heard_as_ffmpeg_decodes_it(seed: int, tmp_path: Path) -> None:
    """As many samples, and alike."""
    case = a_case(seed)

    verdict = judge(case, tmp_path)

    assert verdict.complaint == "", f"{case.source.coding}, {'; '.join(case.done)}"
