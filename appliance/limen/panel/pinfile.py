"""Reads the pin map with nothing imported: a TOML library costs more than the time in which a light must come."""

from __future__ import annotations

PIN_FILE = __file__.removesuffix("pinfile.py") + "pins.toml"


def parse(text: str) -> dict[str, dict[str, int]]:
    """Return section to key to number, of TOML that has only sections, whole numbers and comments.

    Raises `ValueError` with the line for anything else.
    """
    sections: dict[str, dict[str, int]] = {}
    keys: dict[str, int] = {}
    for count, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        key, equals, value = (word.strip() for word in said.partition("="))
        if said[:1] == "[" and said[-1:] == "]":
            keys = sections.setdefault(said[1:-1].strip(), {})
        elif equals and key and value.isdecimal() and value.isascii() and sections:
            keys[key] = int(value)
        elif said:
            raise ValueError(f"line {count}: {said!r} is neither [section] nor key = whole number")
    return sections


def read(path: str = PIN_FILE) -> dict[str, dict[str, int]]:
    """Return what the pin map says. Raises `OSError` and `ValueError`."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  (pathlib alone takes a tenth of the time there is)
        return parse(file.read())
