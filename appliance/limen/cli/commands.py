"""Which commands there are, and the one place where an error becomes a line and an exit status.

A command is a module here with NAME, HELP, `add_arguments(parser)` and `run(args) -> int`. Only the module of the
command that is asked for is imported, so that `limen run` has its first light before numpy is there.
"""

from __future__ import annotations

import argparse
import errno
import os
import stat
import sys
from importlib import import_module
from types import MappingProxyType
from typing import Final, NoReturn, TextIO

from limen import __version__
from limen.errors import LimenError

COMMANDS: Final = MappingProxyType(
    {
        "demo": "a simulated wearer, live in the terminal, OSC to 127.0.0.1:9000",
        "run": "the daemon of a box",
        "play": "a recorded session through the live path",
        "gates": "every edge of a session as a line of JSON with its why; or a picture, or a summary",
        "scan": "what bands are there, how near, and whose",
        "capture": "write down all that a band says, raw; or judge what was written down",
        "check": "is this configuration right? if not: which key, why, what to write",
        "sessions": "list, show, export, erase what the recorder kept",
        "doctor": "is this box fit to play? one line per check, and what to do",
        "label": "the Wi-Fi label with its QR code",
    }
)
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130


def run(argv: list[str] | None = None) -> int:
    """Run the command line; exit status 0 when done, 2 with one line on standard error for what cannot be."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        try:
            return _run(arguments)
        finally:
            _flush()  # while what cannot be written can still be said
    except LimenError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`limen gates … | head`).
        _write_nothing_more(sys.stdout)
        return 0
    except OSError as error:
        _write_nothing_more(sys.stdout)
        print(f"limen: {error}", file=sys.stderr)
        return EXIT_USAGE


def _run(arguments: list[str]) -> int:
    parser = _parser(next((word for word in arguments if not word.startswith("-")), ""))
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        parser.print_help()
        return EXIT_USAGE
    return int(import_module(f"limen.cli.{parsed.command}").run(parsed))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if error.errno != errno.EIO or not stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
                raise
            _write_nothing_more(stream)  # the terminal was closed: nobody is there to be told


def _write_nothing_more(stream: TextIO) -> None:
    """Keep Python from trying again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error is said."""

    def error(self, message: str) -> NoReturn:
        """Exit with the line."""
        self.exit(EXIT_USAGE, f"{self.prog}: {message}; {self.prog} --help says more\n")


def _parser(asked_for: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="limen",
        description="An Empatica E4's signals as readable bits, played as OSC.",
        epilog="limen COMMAND --help says what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"limen {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, says in COMMANDS.items():
        sub = commands.add_parser(name, help=says, description=says)
        if name == asked_for:
            import_module(f"limen.cli.{name}").add_arguments(sub)
    return parser
