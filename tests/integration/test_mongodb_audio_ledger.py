import pytest
from typing_extensions import override

from tests.contracts.audio_ledger import AudioLedgerContract
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.audio_ledger import MongoAudioLedger
from tracklift_adapters.mongodb.database import MongoDatabase

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoAudioLedger(AudioLedgerContract):
    @pytest.fixture
    @override
    async def ledger(self, mongo: MongoDatabase, shared_mongodb: SharedMongoDb) -> MongoAudioLedger:
        ledger = MongoAudioLedger(mongo)
        await shared_mongodb.prepare(ledger)
        return ledger
