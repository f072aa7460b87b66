"""Where this machine gets its Debian packages, read when it is needed and written nowhere in the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

APT: Final = Path("/etc/apt")
_FALLBACK_SECURITY: Final = re.compile(r"(/debian)/?$")


class NoSourcesError(RuntimeError):
    """This machine's apt configuration names no Debian archive."""


def debian_sources(suite: str, apt: Path = APT) -> list[str]:
    """One-line sources of `suite`, updates and security, at the archives that this machine itself uses.

    Raises NoSourcesError, with what to do, when neither form of configuration names a Debian archive.
    """
    archive, security = None, None
    for uri, suites in [*_deb822(apt), *_one_line(apt)]:
        if any(s.endswith(("-security", "/updates")) for s in suites):
            security = security or uri
        elif re.search(r"/debian/?$", uri):
            archive = archive or uri
    if archive is None:
        raise NoSourcesError(
            f"no Debian archive in {apt}/sources.list or {apt}/sources.list.d: this needs a machine that runs"
            " Debian (Ubuntu's archive has other packages)"
        )
    security = security or _FALLBACK_SECURITY.sub(r"\1-security", archive)
    return [
        f"deb {archive} {suite} main non-free-firmware",
        f"deb {archive} {suite}-updates main non-free-firmware",
        f"deb {security} {suite}-security main non-free-firmware",
    ]


def _deb822(apt: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
        for stanza in re.split(r"\n\s*\n", text):
            joined = re.sub(r"\n[ \t]+", " ", stanza)
            fields = dict(re.findall(r"^([A-Za-z-]+):\s*(.*)$", joined, re.MULTILINE))
            if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes").lower() != "no":
                for uri in fields.get("URIs", "").split():
                    yield uri, fields.get("Suites", "").split()


def _one_line(apt: Path) -> Iterator[tuple[str, list[str]]]:
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        for line in path.read_text().splitlines() if path.is_file() else ():
            found = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)", line)
            if found:
                yield found[1], [found[2]]
