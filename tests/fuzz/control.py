"""Coverage-guided fuzzing of the control input:  python -m tests.fuzz.control [libFuzzer options] [corpus folder]

Needs atheris, which has wheels for some Pythons only; the quick tests ask the same check without it.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["limen.outlets.osc", "pythonosc"]):
    from tests.fuzz.checks import checker

if __name__ == "__main__":
    atheris.Setup(sys.argv, checker())
    atheris.Fuzz()
