import pytest
from typing_extensions import override

from tests.contracts.access_end_repository import AccessEndRepositoryContract
from tracklift_adapters.mongodb.access_ends import MongoAccessEndRepository
from tracklift_adapters.mongodb.database import MongoDatabase

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoAccessEndRepository(AccessEndRepositoryContract):
    @pytest.fixture
    @override
    def ends(self, mongo: MongoDatabase) -> MongoAccessEndRepository:
        return MongoAccessEndRepository(mongo)
