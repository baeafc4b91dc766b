from itertools import count

from typing_extensions import override

from tracklift_domain.identifiers import IdentifierSource


class SequentialIdentifiers(IdentifierSource):
    """Counts instead of drawing lots, so that a run can be repeated. Anybody can guess what comes next."""

    def __init__(self) -> None:
        self._identifiers = count(1)
        self._secrets = count(1)

    @override
    def new(self) -> str:
        return f"{next(self._identifiers):032x}"

    @override
    def secret(self) -> str:
        # As long as 256 bits in base64, so that what stores or parses secrets meets their real size.
        return f"{next(self._secrets):0>43}"
