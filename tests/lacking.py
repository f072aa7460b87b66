"""What a test says when the machine lacks what it stands on: the one place where a test is skipped."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(why: str, *, ci_may: bool = False) -> NoReturn:
    """Skip the test; in CI, where all that the project installs must be there, fail it unless `ci_may` skip."""
    if os.environ.get("CI") == "true" and not ci_may:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
