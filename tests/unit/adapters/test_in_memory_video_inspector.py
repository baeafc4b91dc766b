"""The inspector in memory keeps the contract of inspectors."""

from collections.abc import Sequence

import pytest
from typing_extensions import override

from tests.contracts.video_inspector import VideoInspectorContract
from tracklift_adapters.in_memory.video import in_memory_video
from tracklift_adapters.in_memory.video_inspector import InMemoryVideoInspector
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.ports import VideoInspector


class TestInMemoryVideoInspector(VideoInspectorContract):
    @pytest.fixture
    @override
    def inspector(self) -> VideoInspector:
        return InMemoryVideoInspector()

    @override
    def video(self, *tracks: AudioTrack, tags: Sequence[tuple[str, str]] = (), cover: bytes = b"") -> bytes:
        return in_memory_video(*tracks, tags=tags, cover=cover)
