"""The cache of the virtual box: a stage is there whole or not at all, and once for all who want it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from tests.virtualbox import cache


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_a_stage_is_built_once_by_however_many_want_it() -> None:
    built = []

    def build(folder: Path) -> None:
        built.append(folder)
        time.sleep(0.05)
        (folder / "thing").write_text("whole")

    found: list[str] = []
    wanting = [
        threading.Thread(target=lambda: found.append((cache.get("s", "k", build) / "thing").read_text()))
        for _ in range(4)
    ]
    for thread in wanting:
        thread.start()
    for thread in wanting:
        thread.join()
    assert found == ["whole"] * 4
    assert len(built) == 1


def test_a_failed_build_leaves_nothing() -> None:
    def build(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        cache.get("s", "k", build)
    assert cache.find("s", "k") is None
    assert [path for path in cache.root().iterdir() if path.is_dir()] == []


def test_the_key_changes_with_anything_that_goes_in(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe"
    recipe.mkdir()
    (recipe / "a").write_text("1")
    keys = {cache.key([recipe]), cache.key([recipe, "x"]), cache.key([recipe, "x", "y"]), cache.key([recipe, "xy"])}
    (recipe / "a").write_text("2")
    keys.add(cache.key([recipe]))
    (recipe / "a").rename(recipe / "b")
    keys.add(cache.key([recipe]))
    assert len(keys) == 6
