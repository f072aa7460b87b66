"""What several test modules share."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that does something else meanwhile must not fail a test.
settings.register_profile("limen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("limen")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real E4 recordings; they are not part of the project."""
    folder = Path(os.environ.get("LIMEN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; set LIMEN_DATA to the folder that holds them")
    return folder


@pytest.fixture(scope="session")
def tools() -> Callable[..., None]:
    """Call it with the programs that a test needs; `tools/system-packages venue` installs them all."""

    def needs(*programs: str) -> None:
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        missing = [program for program in programs if shutil.which(program, path=path) is None]
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}; run tools/system-packages venue")

    return needs
