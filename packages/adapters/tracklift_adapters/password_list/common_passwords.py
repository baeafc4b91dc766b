from typing_extensions import override
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from tracklift_domain.user.password.ports import CommonPasswords


class ListedPasswords(CommonPasswords):
    """Knows the 30 000 passwords that zxcvbn lists. Its estimate of strength is not used: it takes unbounded time."""

    def __init__(self) -> None:
        self._listed = frozenset(FREQUENCY_LISTS["passwords"])

    @override
    def contains(self, password: str) -> bool:
        return password in self._listed
