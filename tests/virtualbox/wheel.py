"""This checkout's limen as a wheel, built aside so that the tree stays clean."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def unpack(tree: Path, into: Path) -> None:
    """Build the wheel of `tree` and lay its contents into the folder `into`. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder, "limen")
        aside.mkdir()
        shutil.copytree(
            tree / "appliance", aside / "appliance", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(tree / name, aside / name)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(aside)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        (built,) = Path(folder).glob("limen-*.whl")
        with zipfile.ZipFile(built) as archive:
            archive.extractall(into)
