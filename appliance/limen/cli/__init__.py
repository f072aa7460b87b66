"""The commands; thin."""

from __future__ import annotations


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 2 usage or input error."""
    from limen.cli.commands import run  # noqa: PLC0415  (a command's imports are paid for when it runs)

    return run(argv)
