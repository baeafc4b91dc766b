"""The names of files as mails show them."""

import re

LONGEST_SHOWN = 60
"""Characters: enough to recognize the video, and too few to send a message to a stranger."""
_ENDINGS = ("mp4", "m4v", "m4a", "mp3", "3gp", "3g2")
"""None of these is a top-level domain, so mail programs don't turn a name that ends with one into a link."""
_NAME = re.compile(rf"(?P<stem>.*?)(?P<ending>\.(?:{'|'.join(_ENDINGS)}))?", re.IGNORECASE | re.DOTALL)
_IN_A_LINK = re.compile(r"([.:@/\\\u3002\uff0e\uff61])(?=\S)")
"""The characters that join the parts of an address, including the full stops of other scripts that IDNA (RFC 5895)
treats as dots."""


def shown_name(name: str) -> str:
    """Return a file's name as a mail may show it: on one line, shortened, and without anything that becomes a link.

    The user chose the name, and the mail may reach another person. A space after dots, colons, at signs and slashes
    keeps mail programs from turning `evil.example` into a link.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    match = _NAME.fullmatch(line)
    stem, ending = (match["stem"], match["ending"] or "") if match else (line, "")
    apart = _IN_A_LINK.sub(r"\1 ", stem)
    room = LONGEST_SHOWN - len(ending)
    return (apart if len(apart) <= room else f"{apart[: room - 1].rstrip()}…") + ending
