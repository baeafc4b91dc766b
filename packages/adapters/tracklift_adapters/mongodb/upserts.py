"""Changes of a document that may not be there yet."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError


async def upserted(
    collection: AsyncCollection[dict[str, Any]], key: str, change: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Change the document with this key at once, by a pipeline of updates, and give what it is then."""
    while True:
        try:
            stored = await collection.find_one_and_update(
                {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            # Another was the first at the same time. The document is there now.
            continue
        # An upsert always gives the document; the driver's types don't say so.
        return cast("dict[str, Any]", stored)
