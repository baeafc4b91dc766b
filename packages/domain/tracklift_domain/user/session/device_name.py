"""Names of devices, for users to tell their sessions apart."""

import re

LONGEST_DEVICE = 64
"""Characters."""
_READ = 512
"""Characters of a User-Agent header that are examined."""
_PROGRAMS = (
    # In this order: each also claims to be those after it.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[!-~]{1,64}")


def device_name(user_agent: str) -> str | None:
    """Name the device behind a User-Agent header (RFC 9110, section 10.1.5), such as "Firefox on Linux".

    Only the kind of program and system is kept, since the rest could be used to track users. `None`: the header names
    neither.
    """
    text = user_agent[:_READ]
    program = next((name for mark, name in _PROGRAMS if mark in text), None)
    system = next((name for mark, name in _SYSTEMS if mark in text), None)
    if program is not None:
        return program if system is None else f"{program} on {system}"
    product = _PRODUCT.match(text)
    return None if product is None else product[0]
