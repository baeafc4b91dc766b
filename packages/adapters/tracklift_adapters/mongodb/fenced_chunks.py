from typing import Any

from bson.objectid import ObjectId
from pymongo.errors import BulkWriteError
from typing_extensions import override

from tracklift_adapters.mongodb.chunk_pipeline import ChunkPipeline
from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import is_all_duplicates, storing_translated
from tracklift_adapters.mongodb.growth import Growth
from tracklift_adapters.mongodb.media_files import MediaFiles
from tracklift_domain.media.errors import WriterSupersededError
from tracklift_runtime.running_hashes import RunningHash


class FencedChunks(ChunkPipeline):
    """Inserts the chunks of one writer of a file that grows, each with the writer's fence in `w`.

    A number of a chunk is taken once. Where an older writer's chunk stands there, as one that was on its way when this
    writer took over, it is replaced; where a newer writer's does, this writer has been superseded. So whatever arrives
    in whichever order, no chunk of an older writer stays in the place of a newer writer's, nor replaces one.
    """

    def __init__(self, media: MediaFiles, growth: Growth, running: RunningHash | None) -> None:
        super().__init__(media, growth.file_id, first=growth.chunks, running=running)
        self._growth = growth

    @override
    def document(self, number: int, data: bytes) -> Document:
        return {**super().document(number, data), "w": self._growth.fence}

    @override
    async def insert_once(self, chunks: list[Document], *, repeated: bool) -> None:
        missing = chunks
        while missing:
            with storing_translated():
                try:
                    await self.media.chunks_once.insert_many(missing, ordered=False)
                except BulkWriteError as error:
                    if not is_all_duplicates(error):
                        raise
                    missing = await self._without_place(missing)
                else:
                    return

    async def _without_place(self, chunks: list[Document]) -> list[Document]:
        """Make room for chunks in whose place older ones stand, and give those that are still to be inserted."""
        ours = {"files_id": self.file_id, "n": {"$in": [chunk["n"] for chunk in chunks]}}
        fence = self._growth.fence
        found: list[dict[str, Any]] = await self.media.chunks.find(ours, {"n": 1, "w": 1}).to_list()
        if any(chunk["w"] > fence for chunk in found):
            raise WriterSupersededError(self._growth.media_id)
        older: list[ObjectId] = [chunk["_id"] for chunk in found if chunk["w"] < fence]
        if older:
            await self.media.chunks.delete_many({"_id": {"$in": older}, **ours, "w": {"$lt": fence}})
        stored = {chunk["n"] for chunk in found if chunk["w"] == fence}
        return [chunk for chunk in chunks if chunk["n"] not in stored]
