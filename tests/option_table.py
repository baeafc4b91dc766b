"""The README's table of options, made from their declarations: `make option-table` writes it."""

from pathlib import Path

from tracklift_domain.extraction.option import Option
from tracklift_domain.extraction.options import OPTIONS

README = Path(__file__).resolve().parents[1] / "README.md"
_BEGIN = "<!-- made by `make option-table` -->\n\n"
_END = "\n<!-- until here -->\n"


def option_table() -> str:
    """Give the table in Markdown."""
    return "".join(["| option | default | meaning |\n", "|---|---|---|\n", *map(_row, OPTIONS)])


def replace_table(document: str, table: str) -> str:
    """Put a table into the place that is marked for it."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the document has no {_BEGIN.strip()} with {_END.strip()} behind it")
    return f"{before}{begin}{table}{end}{after}"


def _row(option: Option) -> str:
    cells = (f"`{option.name}`", option.default_text, option.description)
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"


if __name__ == "__main__":
    README.write_text(replace_table(README.read_text(), option_table()))
