import sys

import pytest

from tracklift_gateway.__main__ import main
from tracklift_notification.settings import NotificationSettings


@pytest.mark.parametrize("days", ["0", "-1", "31", "a week"])
def test_outcomes_are_announced_again_no_farther_back_than_their_mails_are_remembered(
    days: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else they would be mailed a second time."""
    monkeypatch.setattr(sys, "argv", ["tracklift_gateway", "announce-outcomes", "--days", days])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "it is a number from 1 to 30" in capsys.readouterr().err
    assert NotificationSettings.keep_deliveries.days == 30
