import pytest
from typing_extensions import override

from tests.contracts.verified_addresses import VerifiedAddressesContract
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.verified_addresses import MongoVerifiedAddresses

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoVerifiedAddresses(VerifiedAddressesContract):
    @pytest.fixture
    @override
    def verified(self, mongo: MongoDatabase) -> MongoVerifiedAddresses:
        return MongoVerifiedAddresses(mongo)
