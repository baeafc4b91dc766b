"""The public URL. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_web_address


@dataclass(frozen=True, kw_only=True)
class PublicSettings(Checked):
    """Settings of every app that writes links for users."""

    public_url: str | None
    """The URL at which users reach Tracklift, in mailed links and as the issuer of tokens. Some apps have a default."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        if self.public_url is not None:
            require_web_address("public_url", self.public_url)
