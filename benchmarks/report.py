"""The report of the benchmark of conversions: Markdown tables and a plot."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import imageio_ffmpeg
import matplotlib as mpl
from matplotlib.figure import Figure

from tracklift_adapters.lame.encoding.library import version

_MB = 10**6
_HEAD = """# Results of `make bench`

Ratios are to plain `ffmpeg -i in.mp4 -vn -b:a 192k out.mp3` in the same round; less is better. Memory is that of the
largest process. The last column counts the chunks (255 KiB) that were fetched from GridFS, and how many of them were
fetched again.

![Wall time, as a share of plain ffmpeg's](results.svg)
"""
_COLUMNS = ["| | wall, s | wall ratio | CPU ratio | memory, MB | chunks |", "|---|--:|--:|--:|--:|--:|"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contestant with one video."""

    name: str
    wall: float
    """Seconds."""
    wall_ratio: float
    cpu_ratio: float
    memory: int
    """Bytes."""
    fetched: int
    """Chunks."""
    different: int


def write_report(tables: Mapping[str, Sequence[Row]], folder: Path | None) -> str:
    """Give the report, and write it with its plot into a folder, if there is one."""
    text = "\n".join([_HEAD, *(_table(title, rows) for title, rows in tables.items()), _machine()])
    if folder is not None:
        (folder / "RESULTS.md").write_text(text)
        _plot(tables, folder / "results.svg")
    return text


def _table(title: str, rows: Sequence[Row]) -> str:
    lines = [f"## {title}", "", *_COLUMNS]
    for row in rows:
        chunks = f"{row.different} + {row.fetched - row.different}" if row.fetched else ""
        lines.append(
            f"| {row.name} | {row.wall:.2f} | {row.wall_ratio:.2f} | {row.cpu_ratio:.2f} | {row.memory / _MB:.0f} "
            f"| {chunks} |"
        )
    return "\n".join([*lines, ""])


def _machine() -> str:
    processor = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    ffmpeg = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True
    ).stdout.split()[2]
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {len(os.sched_getaffinity(0))} processors "
        f"({processor[1] if processor else platform.machine()}), Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, ffmpeg {ffmpeg}, LAME {version()} in Tracklift.\n"
    )


def _plot(tables: Mapping[str, Sequence[Row]], target: Path) -> None:
    # The same figures give the same file.
    mpl.rcParams["svg.hashsalt"] = "tracklift"
    # Text as text: the outlines of letters would be most of the file.
    mpl.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(9, 1.2 + 1.5 * len(tables)), layout="constrained")
    for axes, (title, rows) in zip(
        figure.subplots(len(tables), squeeze=False)[:, 0], tables.items(), strict=True
    ):
        names = [row.name for row in reversed(rows)]
        ratios = [row.wall_ratio for row in reversed(rows)]
        colours = ["#0b7285" if name.startswith("Tracklift") else "#adb5bd" for name in names]
        bars = axes.barh(names, ratios, color=colours)
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.axvline(1, color="#495057", linewidth=0.8)
        axes.set_xlim(0, max(ratios) * 1.1)
        axes.set_title(title, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, metadata={"Date": None})
