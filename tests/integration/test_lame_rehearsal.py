"""What is done before the first video, so that it goes as fast as the second."""

import importlib
import logging
import threading

import av
import pytest

from tests.contracts.media_store import open_files
from tracklift_adapters.lame import preloading, rehearsal
from tracklift_adapters.lame.library import MissingLameError
from tracklift_adapters.lame.music import Music
from tracklift_adapters.lame.rehearsal import rehearse


def test_an_mp3_is_made_of_all_that_the_rehearsal_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = rehearsal.copy_mp3, list[Music]()
    monkeypatch.setattr(rehearsal, "copy_mp3", lambda *args: made.append(real(*args)))

    rehearse()

    (music,) = made
    assert music.samples > 8 * 1024
    assert music.average_bitrate == pytest.approx(192, abs=1)


def test_a_rehearsal_leaves_neither_threads_nor_open_files() -> None:
    """A process with several threads can't be forked."""
    rehearse()
    threads, files = threading.active_count(), open_files()

    rehearse()

    assert threading.active_count() == threads
    assert open_files() == files


@pytest.mark.parametrize("error", [MissingLameError("no LAME"), av.error.EncoderNotFoundError(1, "no AAC")])
def test_what_can_not_be_rehearsed_is_left_to_the_engine(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(rehearsal, "rehearse", fail)
    with caplog.at_level(logging.WARNING):
        importlib.reload(preloading)

    assert "could not be rehearsed" in caplog.text
