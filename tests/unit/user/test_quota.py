import pytest

from tracklift_domain.user.errors import InvalidQuotaError
from tracklift_domain.user.quota import LARGEST_QUOTA, UserQuota

FIELDS = ["stored_bytes", "audio_minutes", "conversions_in_flight", "upload_bytes"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("limit", [-1, LARGEST_QUOTA + 1])
def test_no_storage_keeps_a_limit_out_of_range(field: str, limit: int) -> None:
    with pytest.raises(InvalidQuotaError) as refused:
        UserQuota(**{field: limit})
    assert refused.value.field == field


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("limit", [0, LARGEST_QUOTA, None])
def test_limits_may_be_nothing_at_all_or_any_number(field: str, limit: int | None) -> None:
    assert getattr(UserQuota(**{field: limit}), field) == limit
