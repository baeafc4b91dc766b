"""Inspecting a video and having an MP3 made of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.media.readers import BytesVideo
from tests.unit.workshop import MINUTE_OF_AUDIO, ScriptedExtractor, ScriptedInspector
from tracklift_domain.extraction.extract_audio import ExtractAudio
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.media.byte_ranges import ByteRanges


class ToldVideo(BytesVideo):
    """Notes what it is told to expect."""

    def __init__(self) -> None:
        super().__init__(b"a made-up video")
        self.told: list[ByteRanges] = []

    @override
    def expect(self, ranges: ByteRanges) -> None:
        self.told.append(ranges)


@pytest.mark.parametrize("ranges", [ByteRanges.joined([(3, 9)], gap=0), None])
async def test_the_reader_is_told_where_the_chosen_track_lies_if_that_is_known(
    ranges: ByteRanges | None,
) -> None:
    inspector, video = ScriptedInspector(), ToldVideo()
    (track,) = MINUTE_OF_AUDIO.audio_tracks
    other = replace(track, byte_ranges=ByteRanges.joined([(0, 1)], gap=0))
    inspector.traits = replace(
        MINUTE_OF_AUDIO, audio_tracks=(other, replace(track, byte_ranges=ranges, language="deu"))
    )
    extract = ExtractAudio(
        inspector=inspector, extractor=ScriptedExtractor(), longest_audio=timedelta(hours=1)
    )

    async with extract(video, AudioOptions(track=2), lambda _: None):
        assert video.told == ([] if ranges is None else [ranges])
