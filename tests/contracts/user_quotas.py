"""What everything that remembers limits of users must do."""

import asyncio
from abc import abstractmethod

import pytest

from tests.contracts.examples import ADA, BOB
from tracklift_domain.user.ports import UserQuotas
from tracklift_domain.user.quota import LARGEST_QUOTA, NO_QUOTA, UserQuota

ALL = UserQuota(
    stored_bytes=LARGEST_QUOTA, audio_minutes=LARGEST_QUOTA, conversions_in_flight=0, upload_bytes=2**40
)
MINUTES = UserQuota(audio_minutes=600)


class UserQuotasContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def quotas(self) -> UserQuotas:
        """Give an empty memory."""
        raise NotImplementedError

    async def test_a_user_for_whom_none_were_set_has_none(self, quotas: UserQuotas) -> None:
        assert await quotas.get(ADA) == NO_QUOTA

    async def test_limits_come_back_as_they_were_recorded(self, quotas: UserQuotas) -> None:
        """The largest number and nothing at all included."""
        await quotas.record(ADA, ALL, revision=2)

        assert await quotas.get(ADA) == ALL
        assert await quotas.get(BOB) == NO_QUOTA

    async def test_those_of_a_later_revision_take_their_place(self, quotas: UserQuotas) -> None:
        await quotas.record(ADA, ALL, revision=2)

        await quotas.record(ADA, MINUTES, revision=3)
        assert await quotas.get(ADA) == MINUTES

        await quotas.record(ADA, NO_QUOTA, revision=5)
        assert await quotas.get(ADA) == NO_QUOTA

    @pytest.mark.parametrize("revision", [1, 2])
    async def test_those_that_come_late_change_nothing(self, quotas: UserQuotas, revision: int) -> None:
        await quotas.record(ADA, ALL, revision=2)

        await quotas.record(ADA, MINUTES, revision=revision)

        assert await quotas.get(ADA) == ALL

    async def test_of_many_at_once_the_latest_revision_counts(self, quotas: UserQuotas) -> None:
        await asyncio.gather(
            *(
                quotas.record(ADA, UserQuota(audio_minutes=revision), revision=revision)
                for revision in (3, 9, 5, 10, 1, 7, 10, 2)
            )
        )

        assert await quotas.get(ADA) == UserQuota(audio_minutes=10)

    async def test_a_forgotten_user_has_none(self, quotas: UserQuotas) -> None:
        await quotas.record(ADA, ALL, revision=2)
        await quotas.record(BOB, MINUTES, revision=2)

        await quotas.forget(ADA)
        await quotas.forget(ADA)

        assert await quotas.get(ADA) == NO_QUOTA
        assert await quotas.get(BOB) == MINUTES
