"""How quick the web application is, by the figures of Chromium.

    make bench-page
    make bench-page ARGS="--rounds 20"

Starts Tracklift in one process on a new data folder, and prints beside its goal: the bytes of a first visit as the
network counts them; the largest paint and the shifts of the layout on a processor four times slower and a line of
1.6 Mbit/s; the time from a key or a click to the next picture in a library of a thousand conversions; and how soon the
page shows that the server converts after the last byte, and a play button after the conversion has ended. All times are
medians of the rounds, by the clock: whatever else the machine does counts as well, and four times in the paint. Exits
with 1 where a goal is missed.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import running_chromium
from tests.browser.long_library import fill_library
from tests.browser.visitor import Visitor
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.media.samples import sample

ROWS = 1000
INTERACTIONS = 27
SLOWER = 4
BYTES_PER_SECOND = 1_600_000 / 8
_PAINTS = """
window.measured = { paint: 0, shift: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) measured.paint = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) measured.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
_INTERACTIONS = """
window.interactions = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.interactionId) interactions.push(entry.duration);
}).observe({ type: "event", durationThreshold: 16 });
"""
_UPDATES = """
window.moments = {};
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (body) {
  if (body) this.upload.addEventListener("load", () => (moments.sent = Date.now()));
  send.call(this, body);
};
new MutationObserver(() => {
  if (document.querySelector(".row.converting")) moments.converting ??= Date.now();
  if (document.querySelector(".row .play")) moments.playable ??= Date.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
"""The last byte is that of the video, as its creation has no body."""


@dataclass(frozen=True)
class Figure:
    """What was measured, and what it may be."""

    name: str
    value: float
    goal: float
    form: str

    @property
    def missed(self) -> bool:
        return self.value > self.goal

    def row(self) -> str:
        """Give the row of a table."""
        verdict = "MISSED" if self.missed else "met"
        return f"| {self.name} | {self.form.format(self.value)} | {self.form.format(self.goal)} | {verdict} |"


async def first_visit(browser: Browser, address: str) -> int:
    """Count the bytes that a browser gets which was never here, headers included."""
    async with Visitor.visiting(browser, address) as visitor:
        session = await visitor.context.new_cdp_session(visitor.page)
        received: list[int] = []
        session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        await session.send("Network.enable")
        await visitor.open()
        await visitor.page.wait_for_load_state("networkidle")
        return sum(received)


async def paints(browser: Browser, address: str) -> tuple[float, float]:
    """Give the time to the largest paint of a first visit (ms), and how much the layout has shifted."""
    async with Visitor.visiting(browser, address) as visitor:
        await visitor.page.add_init_script(_PAINTS)
        session = await visitor.context.new_cdp_session(visitor.page)
        await session.send("Network.enable")
        await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        rate = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
        await session.send("Network.emulateNetworkConditions", {"offline": False, "latency": 0, **rate})
        await visitor.open()
        await visitor.page.wait_for_load_state("networkidle")
        measured = await visitor.page.evaluate("measured")
        return measured["paint"], measured["shift"]


async def interactions(visitor: Visitor) -> tuple[float, float]:
    """Search and delete in the whole library; give the usual and the longest time of a key or click (ms)."""
    page = visitor.page
    await visitor.open("/library")
    search = page.get_by_role("searchbox")
    # Until all are loaded.
    await search.fill(f"lecture {ROWS - 1}")
    await expect(page.locator(".row")).to_have_count(1)
    await search.fill("")
    await page.evaluate(_INTERACTIONS)
    await search.click()
    for key in "lecture 12":
        await search.press(key)
        await _painted(page)
    for _ in range(10):
        await search.press("Backspace")
        await _painted(page)
    for _ in range(5):
        await page.keyboard.press("Tab")
        await _painted(page)
    # By their place, as reckoning out the names of thousands of buttons takes the browser seconds.
    await page.locator(".row:nth-child(4) .actions button:last-child").click()
    await page.locator(".notice button").click()
    await _painted(page)
    # Chromium tells of those above 16 ms only; the rest counts as that.
    slow = list(await page.evaluate("interactions"))
    times = slow + [16.0] * max(0, INTERACTIONS - len(slow))
    return statistics.median(times), max(times)


async def _painted(page: Page) -> None:
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


async def updates(browser: Browser, address: str) -> tuple[float, float]:
    """Give the time from the last byte to *converting*, and from the end of the conversion to a play button (ms)."""
    async with Visitor.visiting(browser, address) as visitor:
        await visitor.page.add_init_script(_UPDATES)
        await visitor.sign_up()
        await visitor.choose(sample("peaky-minutes"))
        await visitor.wait_until_ready("peaky-minutes")
        moments = await visitor.page.evaluate("moments")
        (record,) = visitor.records()
        ended = datetime.fromisoformat(record["updated_at"]).timestamp() * 1000
        return moments["converting"] - moments["sent"], moments["playable"] - ended


async def median(rounds: int, measure: Callable[[], Any]) -> list[float]:
    """Measure in each round, one after the other, and give the median of each figure."""
    found = [await measure() for _ in range(rounds)]
    return [statistics.median(values) for values in zip(*found, strict=True)]


async def measure(browser: Browser, tracklift: StandaloneProcess, rounds: int) -> AsyncIterator[Figure]:
    """Measure everything, one thing after the other."""
    address = tracklift.address
    yield Figure("first visit, all told", await first_visit(browser, address) / 1000, 90, "{:.1f} kB")
    paint, shift = await median(rounds, lambda: paints(browser, address))
    yield Figure("largest paint, slow processor and line", paint, 1000, "{:.0f} ms")
    yield Figure("shifts of the layout", shift, 0, "{:.3f}")
    converting, playable = await median(rounds, lambda: updates(browser, address))
    yield Figure("last byte to converting", converting, 300, "{:.0f} ms")
    yield Figure("completed to a play button", playable, 300, "{:.0f} ms")
    async with Visitor.visiting(browser, address) as visitor:
        await visitor.sign_up()
        await visitor.choose(sample("one-second"))
        await visitor.wait_until_ready("one-second")
        (record,) = visitor.records()
        await asyncio.to_thread(fill_library, tracklift.data.path, record["id"], total=ROWS)
        typical, slowest = await median(rounds, lambda: interactions(visitor))
    yield Figure(f"key or click, {ROWS} rows", typical, 100, "{:.0f} ms")
    yield Figure(f"the slowest of {INTERACTIONS} of them", slowest, 100, "{:.0f} ms")


async def run(rounds: int) -> bool:
    """Start what is needed, report what is measured, and tell whether every goal is met."""
    met = True
    print("| figure | measured | goal | |\n|---|--:|--:|---|", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="tracklift-bench-") as folder,
        running(Path(folder)) as tracklift,
    ):
        async with running_chromium() as browser:
            async for figure in measure(browser, tracklift, rounds):
                print(figure.row(), flush=True)
                met = met and not figure.missed
    waiting, processors = os.getloadavg()[0], os.cpu_count() or 1
    if waiting > processors:
        print(
            f"\n{waiting:.0f} processes wanted the {processors} processors: times would be shorter by themselves."
        )
    return met


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement of a time (default: 5)")
    return 0 if asyncio.run(run(parser.parse_args().rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
