"""Trying engines one after the other."""

import importlib
from collections.abc import Callable
from pathlib import Path

from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.messages import Failed, Finished, PassedOver
from tracklift_domain.extraction.errors import NotCoveredError
from tracklift_domain.extraction.failures import internal_error
from tracklift_domain.extraction.ports import AudioEngine
from tracklift_domain.media.ports import SeekableReader

_LONGEST_REASON = 1024
"""Characters of what an engine says about its not covering a job."""


def extract(
    job: Job, video: SeekableReader, reached: Callable[[float], None], tell: Callable[[PassedOver], None]
) -> Finished | Failed:
    """Have the first engine that covers a job do it; `tell` hears of those that don't.

    Raises:
        What `AudioEngine.extract` raises, but for `NotCoveredError`.
    """
    plan, damage = job.plan, None
    for name in job.engines:
        try:
            audio = find_engine(name).extract(video, plan, Path(job.folder), reached)
        except NotCoveredError as reason:
            plan, damage = reason.plan or plan, reason.damage or damage
            tell(PassedOver(name, str(reason)[:_LONGEST_REASON]))
        else:
            return Finished(
                name=audio.path.relative_to(job.folder).name,
                size=audio.size,
                duration=audio.duration,
                decoded=audio.decoded,
                bitrate=audio.bitrate,
                track=audio.track,
                # The engine that told it has decoded all of the sound; MoviePy sees no silence.
                damage=damage or audio.damage,
            )
    return Failed(error=internal_error(), log="No engine covers this extraction.")


def find_engine(name: str) -> AudioEngine:
    """Import the class that is named "module:Class", and make an engine."""
    module, _, engine = name.partition(":")
    made: AudioEngine = getattr(importlib.import_module(module), engine)()
    return made
