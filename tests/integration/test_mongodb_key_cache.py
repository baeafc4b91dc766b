import asyncio
from typing import Any

import pytest

from tests.integration.conftest import MongoMaker
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.key_cache import MongoKeyCache

pytestmark = pytest.mark.network


def keys(name: str) -> dict[str, Any]:
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": name, "x": "abc", "alg": "EdDSA"}]}


async def test_remembers_nothing_at_first(mongo: MongoDatabase) -> None:
    assert await MongoKeyCache(mongo).load() is None


async def test_gives_another_process_what_was_stored_last(
    mongo: MongoDatabase, make_mongo: MongoMaker
) -> None:
    await MongoKeyCache(mongo).store(keys("old"))
    await MongoKeyCache(mongo).store(keys("new"))

    assert await MongoKeyCache(make_mongo()).load() == keys("new")


async def test_many_processes_store_at_once(mongo: MongoDatabase, make_mongo: MongoMaker) -> None:
    """All gateways start at the same moment, and none has stored anything yet."""
    caches = [MongoKeyCache(make_mongo()) for _ in range(4)]

    await asyncio.gather(*(cache.store(keys("same")) for cache in caches * 5))

    assert await MongoKeyCache(mongo).load() == keys("same")
