"""Where packages come from is read from the machine, whichever way it says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.virtualbox.sources import NoSourcesError, debian_sources

DEB822 = """Types: deb
# a comment
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.invalid/security
Suites: bookworm-security
Components: main
"""
ONE_LINE = """# deb http://old.invalid/debian bookworm main
deb [signed-by=/usr/share/keyrings/k.gpg] http://mirror.invalid/debian bookworm main
deb-src http://source.invalid/debian bookworm main
deb http://mirror.invalid/security bookworm-security main
deb http://other.invalid/apt stable main
"""
EXPECTED = [
    "deb http://mirror.invalid/debian trixie main non-free-firmware",
    "deb http://mirror.invalid/debian trixie-updates main non-free-firmware",
    "deb http://mirror.invalid/security trixie-security main non-free-firmware",
]


@pytest.mark.parametrize(("name", "text"), [("debian.sources", DEB822), ("debian.list", ONE_LINE)])
def test_both_forms_name_the_same_archives(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / name).write_text(text)
    assert debian_sources("trixie", tmp_path) == EXPECTED


def test_an_archive_without_security_is_given_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://mirror.invalid/debian bookworm main\n")
    assert debian_sources("trixie", tmp_path)[2].startswith(
        "deb http://mirror.invalid/debian-security trixie-security "
    )


def test_no_archive_says_where_to_add_one(tmp_path: Path) -> None:
    disabled = DEB822.replace("Types: deb\n", "Types: deb\nEnabled: no\n")
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(disabled)
    with pytest.raises(NoSourcesError, match=r"sources\.list"):
        debian_sources("trixie", tmp_path)
