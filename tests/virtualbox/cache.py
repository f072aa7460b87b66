"""The cache of built stages: ${XDG_CACHE_HOME:-~/.cache}/limen/box/<stage>-<key>, complete or not there.

Builders hold one lock, so that two checkouts neither build the same thing twice nor see it half made; what is
there is never written again, so readers need none.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

UNUSED_DAYS: Final = 7


def root() -> Path:
    """The folder of all stages."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "limen" / "box"


def key(parts: Iterable[str | bytes | Path]) -> str:
    """16 hex digits of everything in `parts`; a Path counts with its contents, a folder with all of them."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()[:16]


def _pieces(part: str | bytes | Path) -> Iterator[bytes]:
    if isinstance(part, Path):
        files = sorted(p for p in part.rglob("*") if "__pycache__" not in p.parts) if part.is_dir() else [part]
        for path in files:
            if path.is_file():
                yield path.name.encode()
                yield path.read_bytes()
    else:
        yield part.encode() if isinstance(part, str) else part


def find(stage: str, stage_key: str) -> Path | None:
    """The folder of a finished stage, or None; a found one counts as used today."""
    folder = root() / f"{stage}-{stage_key}"
    if not folder.is_dir():
        return None
    if os.access(folder, os.W_OK):
        os.utime(folder)
    return folder


def drop(stage: str, stage_key: str) -> None:
    """Forget a stage that turned out stale; what has it open keeps it."""
    shutil.rmtree(root() / f"{stage}-{stage_key}", ignore_errors=True)


def get(stage: str, stage_key: str, build: Callable[[Path], None]) -> Path:
    """The folder of a stage; if it is not there, `build` fills a new folder that then appears in one step."""
    if (folder := find(stage, stage_key)) is not None:
        return folder
    with _lock(stage):
        if (folder := find(stage, stage_key)) is not None:
            return folder
        _prune()
        fresh = Path(tempfile.mkdtemp(prefix=f"making-{stage}-", dir=root()))
        try:
            fresh.chmod(0o755)
            build(fresh)
            return fresh.rename(root() / f"{stage}-{stage_key}")
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _lock(stage: str) -> Iterator[None]:
    root().mkdir(parents=True, exist_ok=True)
    with (root() / f"{stage}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prune() -> None:
    oldest = time.time() - UNUSED_DAYS * 86400
    for folder in root().iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
