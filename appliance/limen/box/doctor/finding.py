"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Fit, not fit, or nothing that this machine has or needs."""

    OK = "ok"
    NOT_OK = "not ok"
    NOT_HERE = "not here"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `remedy` says what to do, and is empty unless it is not ok."""

    verdict: Verdict
    found: str
    remedy: str = ""


def ok(found: str) -> Finding:
    """It is fit."""
    return Finding(Verdict.OK, found)


def not_ok(found: str, remedy: str) -> Finding:
    """It is not fit."""
    return Finding(Verdict.NOT_OK, found, remedy)


def not_here(found: str) -> Finding:
    """This machine has not got it, and needs it not."""
    return Finding(Verdict.NOT_HERE, found)
