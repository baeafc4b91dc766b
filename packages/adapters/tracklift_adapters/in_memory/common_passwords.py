from typing_extensions import override

from tracklift_domain.user.password.ports import CommonPasswords


class InMemoryCommonPasswords(CommonPasswords):
    """Knows the passwords that it is given."""

    def __init__(self, *passwords: str) -> None:
        self._passwords = passwords

    @override
    def contains(self, password: str) -> bool:
        return password in self._passwords
