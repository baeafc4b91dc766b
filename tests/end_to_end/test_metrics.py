"""The figures for Prometheus are at a listener of their own, which only the machine itself reaches."""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift
from tests.end_to_end.waiting import wait_for


def metrics_address(tracklift: StandaloneProcess) -> str:
    """Give what the log says of it."""
    found = wait_for(
        lambda: re.search(r"Figures are at (http://\S+)/metrics", tracklift.log.read_text()),
        "the log says it",
    )
    return str(found.group(1))


@pytest.fixture
def tracklift(shared_tracklift: StandaloneProcess) -> StandaloneProcess:
    return shared_tracklift


def test_figures_are_given_at_a_listener_of_their_own(tracklift: StandaloneProcess) -> None:
    address = metrics_address(tracklift)

    assert httpx.get(f"{tracklift.address}/healthz").status_code == 200
    assert httpx.get(f"{tracklift.address}/metrics").status_code == 404
    figures = httpx.get(f"{address}/metrics")
    assert figures.headers["Content-Type"].startswith("application/openmetrics-text")
    assert "tracklift_requests_total" in figures.text
    assert httpx.get(f"{address}/healthz").status_code == 404
    assert urlsplit(address).hostname == "127.0.0.1"


def test_a_hostile_request_for_figures_is_bounded_as_any_other(tracklift: StandaloneProcess) -> None:
    address = metrics_address(tracklift)

    assert httpx.get(f"{address}/metrics", headers={"X-Large": "x" * 20_000}).status_code == 431
    assert httpx.get(f"{address}/metrics").status_code == 200


def test_an_address_that_is_taken_stops_the_start_with_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_tracklift(
            ["serve"],
            {
                "TRACKLIFT_DATA_FOLDER": str(tmp_path / "data"),
                "TRACKLIFT_PORT": "0",
                "TRACKLIFT_METRICS_PORT": port,
            },
        )

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"Tracklift can't listen at 127.0.0.1:{port}: Address already in use." in line
    assert "Choose another port with TRACKLIFT_METRICS_PORT." in line
