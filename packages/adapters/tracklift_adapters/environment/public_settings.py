"""Settings of the way in. Each field is a variable `TRACKLIFT_` and its name in capitals."""

from dataclasses import dataclass

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_web_address


@dataclass(frozen=True, kw_only=True)
class PublicSettings(Checked):
    """What every app that tells users where Tracklift is can be told."""

    public_url: str | None
    """How users reach Tracklift: for links in mails, and as the issuer of tokens; an app may find out by itself."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        if self.public_url is not None:
            require_web_address("public_url", self.public_url)
