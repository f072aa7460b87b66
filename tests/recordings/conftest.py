import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.lacking import lacking

WANTED = Path(__file__).with_name("readers.txt")
REPORT = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def readers() -> Path:
    """The Python in which the other readers are installed: made once, kept in the user's cache."""
    recipe = hashlib.sha256(WANTED.read_bytes() + sys.version.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "limen" / f"readers-{recipe}"
    python, done = folder / "bin" / "python", folder / "done"
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", WANTED]
        tried = subprocess.run(install, capture_output=True, text=True)
        if tried.returncode:
            lacking(f"the other readers cannot be installed: {tried.stderr.strip().splitlines()[-1]}")
        done.touch()
    return python


@pytest.fixture(scope="session")
def show(pytestconfig: pytest.Config) -> Callable[[Iterable[str]], None]:
    """Lines to print in the terminal summary."""
    return pytestconfig.stash.setdefault(REPORT, []).extend


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(REPORT, [])
    if lines:
        terminalreporter.section("agreement on real recordings")
        for line in lines:
            terminalreporter.write_line(line)
