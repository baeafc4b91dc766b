"""Trying engines one after the other, until one covers the job."""

import importlib
from collections.abc import Callable
from pathlib import Path

from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.messages import EngineSkipped, Failed, Finished
from tracklift_domain.extraction.errors import NotCoveredError
from tracklift_domain.extraction.failures import internal_error
from tracklift_domain.extraction.ports import AudioEngine
from tracklift_domain.media.ports import SeekableReader

_MAX_REASON = 1024
"""Characters of the reason why an engine does not cover a job."""


def extract(
    job: Job,
    video: SeekableReader,
    reached: Callable[[float], None],
    skipped: Callable[[EngineSkipped], None],
) -> Finished | Failed:
    """Run the first engine that covers a job; call `skipped` for those that don't.

    Raises:
        What `AudioEngine.extract` raises, except `NotCoveredError`.
    """
    plan, damage = job.plan, None
    for name in job.engines:
        try:
            audio = find_engine(name).extract(video, plan, Path(job.folder), reached)
        except NotCoveredError as reason:
            plan, damage = reason.plan or plan, reason.damage or damage
            skipped(EngineSkipped(name, str(reason)[:_MAX_REASON]))
        else:
            return Finished(
                name=audio.path.relative_to(job.folder).name,
                size=audio.size,
                duration=audio.duration,
                decoded=audio.decoded,
                bitrate=audio.bitrate,
                track=audio.track,
                # An engine that reports damage has decoded all of the audio; MoviePy does not detect silence in it.
                damage=damage or audio.damage,
                peaks=audio.peaks,
            )
    return Failed(error=internal_error(), log="No engine covers this extraction.")


def find_engine(name: str) -> AudioEngine:
    """Import the class that "module:Class" names, and create an engine."""
    module, _, engine = name.partition(":")
    created: AudioEngine = getattr(importlib.import_module(module), engine)()
    return created
