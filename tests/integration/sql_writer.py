"""A program that stores conversions without end and names each once it is stored, to be killed while at it."""

import asyncio
import sys
from itertools import count

from tests.contracts.examples import NOW, SECOND, a_conversion, requested
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.extraction.options import AudioOptions

WRITERS = 4


async def main(url: str, first: int) -> None:
    """Write from several tasks, numbering from `first` on."""
    engine = create_engine(url)
    await migrate(engine)
    database = SqlDatabase(engine)
    conversions = SqlConversionRepository(database, SqlOutbox(database))

    async def write(start: int) -> None:
        for number in count(start, WRITERS):
            uploading = a_conversion(number, state=ConversionState.UPLOADING)
            await conversions.add(uploading)
            queued = uploading.queue(NOW + SECOND, size=1, sha256="00" * 32, options=AudioOptions())
            await conversions.replace(queued, [requested(queued)])
            sys.stdout.write(f"{queued.id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(write(first + number) for number in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
