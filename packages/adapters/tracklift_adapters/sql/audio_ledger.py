from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import audio_ledger
from tracklift_domain.conversion.ports import AudioLedger, MadeAudio
from tracklift_domain.identifiers import UserId

_owner_id = audio_ledger.c.owner_id
_made_at = audio_ledger.c.made_at


class SqlAudioLedger(AudioLedger):
    """Keeps a row for each conversion that made an MP3."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @override
    async def record(self, made: MadeAudio) -> None:
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    insert(audio_ledger).values(
                        conversion_id=made.conversion_id,
                        owner_id=made.owner_id,
                        made_at=made.made_at,
                        duration=made.duration,
                    )
                )
        except IntegrityError:
            pass  # It is noted already.

    @override
    async def total_duration(self, owner_id: UserId, *, since: datetime) -> float:
        wanted = select(func.sum(audio_ledger.c.duration)).where(_owner_id == owner_id, _made_at >= since)
        async with self._database.read() as connection:
            return float((await connection.execute(wanted)).scalar_one() or 0.0)

    @override
    async def forget(self, owner_id: UserId) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(audio_ledger).where(_owner_id == owner_id))

    @override
    async def forget_before(self, time: datetime) -> int:
        async with self._database.write() as connection:
            removed = await connection.execute(delete(audio_ledger).where(_made_at < time))
        return removed.rowcount
