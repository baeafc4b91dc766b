import pytest
from typing_extensions import override

from tests.contracts.user_quotas import UserQuotasContract
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.user_quotas import MongoUserQuotas

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoUserQuotas(UserQuotasContract):
    @pytest.fixture
    @override
    def quotas(self, mongo: MongoDatabase) -> MongoUserQuotas:
        return MongoUserQuotas(mongo)
