import pytest
from typing_extensions import override

from tests.contracts.audio_ledger import AudioLedgerContract
from tracklift_adapters.sql.audio_ledger import SqlAudioLedger
from tracklift_adapters.sql.database import SqlDatabase


class TestSqlAudioLedger(AudioLedgerContract):
    @pytest.fixture
    @override
    def ledger(self, database: SqlDatabase) -> SqlAudioLedger:
        return SqlAudioLedger(database)
