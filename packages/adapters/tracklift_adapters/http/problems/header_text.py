"""Text for the inside of a quoted string in a header."""


def header_text(text: str) -> str:
    """Replace characters that RFC 6749 and RFC 6750 do not allow in an error_description by question marks.

    Those are printable ASCII without quotation mark and backslash; quotation marks become apostrophes, and line ends
    and tabs spaces.
    """
    folded = " ".join(text.split()).replace('"', "'")
    return "".join(c if " " <= c <= "~" and c != "\\" else "?" for c in folded)
