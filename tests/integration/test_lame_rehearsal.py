"""What is done before the first video, so that it goes as fast as the second."""

import logging
import threading

import av
import pytest

from tests.contracts.media_store import open_files
from tracklift_adapters.lame import preloading
from tracklift_adapters.lame.library import MissingLameError
from tracklift_adapters.lame.rehearsal import make_noise_an_mp3


def test_an_mp3_is_made_of_all_that_is_decoded() -> None:
    music = make_noise_an_mp3()

    assert music.samples > 8 * 1024
    assert music.average_bitrate == pytest.approx(192, abs=1)


def test_a_rehearsal_leaves_neither_threads_nor_open_files() -> None:
    """A process with several threads can't be forked."""
    preloading.rehearse()
    threads, files = threading.active_count(), open_files()

    preloading.rehearse()

    assert threading.active_count() == threads
    assert open_files() == files


@pytest.mark.parametrize("error", [MissingLameError("no LAME"), av.error.EncoderNotFoundError(1, "no AAC")])
def test_what_can_not_be_rehearsed_is_left_to_the_engine(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(preloading, "make_noise_an_mp3", fail)
    with caplog.at_level(logging.WARNING):
        preloading.rehearse()

    assert "could not be rehearsed" in caplog.text
