"""Prewarming, after which the first video is converted as fast as the second."""

import logging
import threading

import av
import pytest

from tests.contracts.media_store import open_files
from tracklift_adapters.lame import preloading
from tracklift_adapters.lame.encoding.library import MissingLameError
from tracklift_adapters.lame.prewarming import convert_noise


def test_all_of_the_noise_is_converted() -> None:
    written = convert_noise()

    assert written.samples > 8 * 1024
    assert written.average_bitrate == pytest.approx(192, abs=1)


def test_prewarming_leaves_neither_threads_nor_open_files() -> None:
    """A process with several threads can't be forked."""
    preloading.prewarm()
    # Those of tests before may end meanwhile.
    threads, files = set(threading.enumerate()), open_files()

    preloading.prewarm()

    assert set(threading.enumerate()) <= threads
    assert open_files() <= files


@pytest.mark.parametrize("error", [MissingLameError("no LAME"), av.error.EncoderNotFoundError(1, "no AAC")])
def test_a_failure_to_prewarm_is_logged_and_left_to_the_engine(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(preloading, "convert_noise", fail)
    with caplog.at_level(logging.WARNING):
        preloading.prewarm()

    assert "could not be prewarmed" in caplog.text
