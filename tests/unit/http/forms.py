"""Writes multipart forms byte by byte, the wrong ones as well."""

BOUNDARY = "----boundary-7MA4YWxk"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def field(name: str, value: str | bytes) -> bytes:
    """Write a text field."""
    content = value.encode() if isinstance(value, str) else value
    return part(f'form-data; name="{name}"', content)


def file(content: bytes = b"a video", *, name: str = "talk.mp4", field_name: str = "file") -> bytes:
    """Write a file, its name as a browser does (HTML Living Standard, multipart/form-data encoding)."""
    escaped = name.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")
    return part(f'form-data; name="{field_name}"; filename="{escaped}"', content, "video/mp4")


def part(disposition: str, content: bytes, content_type: str | None = None) -> bytes:
    """Write a part with its delimiter."""
    lines = [f"--{BOUNDARY}", f"Content-Disposition: {disposition}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """Write a whole form."""
    return b"".join(parts) + closing()


def closing() -> bytes:
    """Write the closing boundary."""
    return f"--{BOUNDARY}--\r\n".encode()
