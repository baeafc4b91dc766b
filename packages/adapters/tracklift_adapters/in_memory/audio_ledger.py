from datetime import datetime

from typing_extensions import override

from tracklift_domain.conversion.ports import AudioLedger, MadeAudio
from tracklift_domain.identifiers import ConversionId, UserId


class InMemoryAudioLedger(AudioLedger):
    """Keeps in the memory of this process how much audio was made."""

    def __init__(self) -> None:
        self._made: dict[ConversionId, MadeAudio] = {}

    @override
    async def record(self, made: MadeAudio) -> None:
        self._made.setdefault(made.conversion_id, made)

    @override
    async def total_duration(self, owner_id: UserId, *, since: datetime) -> float:
        return sum(
            made.duration
            for made in self._made.values()
            if made.owner_id == owner_id and made.made_at >= since
        )

    @override
    async def forget(self, owner_id: UserId) -> None:
        self._keep({key: made for key, made in self._made.items() if made.owner_id != owner_id})

    @override
    async def forget_before(self, time: datetime) -> int:
        return self._keep({key: made for key, made in self._made.items() if made.made_at >= time})

    def _keep(self, kept: dict[ConversionId, MadeAudio]) -> int:
        removed = len(self._made) - len(kept)
        self._made = kept
        return removed
