"""The names of files as mails show them."""

import re

LONGEST_SHOWN = 60
"""Characters: enough to tell which video it was, and too few for a message to a stranger."""
_ENDINGS = ("mp4", "m4v", "m4a", "mp3", "3gp", "3g2")
"""These are not top-level domains, so mail programs make no link of a name with one of them."""
_NAME = re.compile(rf"(?P<stem>.*?)(?P<ending>\.(?:{'|'.join(_ENDINGS)}))?", re.IGNORECASE | re.DOTALL)
_IN_A_LINK = re.compile(r"([.:@/\\\u3002\uff0e\uff61])(?=\S)")
"""What joins the parts of an address, with the full stops of other scripts that IDNA (RFC 5895) takes for dots."""


def shown_name(name: str) -> str:
    """Give a file's name as a mail may show it: in one line, shortened, and with nothing that becomes a link.

    The name is the sender's own words, and the mail may come to another person. A space behind dots, colons and at
    signs keeps programs that read mail from making a link of `evil.example`.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    match = _NAME.fullmatch(line)
    stem, ending = (match["stem"], match["ending"] or "") if match else (line, "")
    apart = _IN_A_LINK.sub(r"\1 ", stem)
    room = LONGEST_SHOWN - len(ending)
    return (apart if len(apart) <= room else f"{apart[: room - 1].rstrip()}…") + ending
