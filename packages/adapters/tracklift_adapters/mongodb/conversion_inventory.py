from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import ASCENDING
from pymongo.asynchronous.collection import AsyncCollection
from typing_extensions import override

from tracklift_adapters.mongodb.conversion_documents import document_to_conversion
from tracklift_adapters.mongodb.conversions import COLLECTION
from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.conversion.announcing.ports import ConversionInventory
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.identifiers import UserId
from tracklift_runtime.timestamps import to_timestamp

_ENDED = [ConversionState.COMPLETED.value, ConversionState.FAILED.value]
_THERE = {"removed": {"$ne": True}}
_PAGE = 500
"""Conversions read at once."""


class MongoConversionInventory(ConversionInventory):
    """Goes through the documents that `MongoConversionRepository` keeps."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    @override
    async def ended_since(self, time: datetime) -> AsyncIterator[Conversion]:
        wanted = {"state": {"$in": _ENDED}, "updated_at": {"$gte": to_timestamp(time)}, **_THERE}
        behind: Document = {}
        # In pages, so that the caller may take any time: a cursor would end meanwhile.
        while True:
            with outages_translated():
                page = await self._collection.find(
                    {**wanted, **behind}, {"outbox": 0}, sort=[("_id", ASCENDING)], limit=_PAGE
                ).to_list()
            for document in page:
                yield document_to_conversion(document)
            if len(page) < _PAGE:
                return
            behind = {"_id": {"$gt": page[-1]["_id"]}}

    @override
    async def owners(self) -> Sequence[UserId]:
        # Grouped and not `distinct`, whose answer must fit into one document.
        with outages_translated():
            found = await self._collection.aggregate(
                [{"$match": _THERE}, {"$group": {"_id": "$owner.user_id"}}]
            )
            return [UserId(owner["_id"]) async for owner in found]

    @property
    def _collection(self) -> AsyncCollection[Document]:
        return self._database.collections[COLLECTION]
