import pytest
from typing_extensions import override

from tests.contracts.audio_ledger import AudioLedgerContract
from tracklift_adapters.in_memory.audio_ledger import InMemoryAudioLedger


class TestInMemoryAudioLedger(AudioLedgerContract):
    @pytest.fixture
    @override
    def ledger(self) -> InMemoryAudioLedger:
        return InMemoryAudioLedger()
