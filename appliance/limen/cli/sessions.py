"""`limen sessions`: list, look at, take away and erase what the recorder kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from limen.box.config import Config, load_config
from limen.box.health import Machine
from limen.box.places import own_config, sessions_folder
from limen.box.sessions import (
    WHAT_FOR_GOOD_MEANS,
    KeptSession,
    choose,
    discard,
    erase,
    export,
    kept_sessions,
    stick,
)
from limen.box.venue import CONFIG_FILE
from limen.cli.arguments import reading_session, span
from limen.errors import ConfigError, SessionError, UsageError
from limen.gates import GateSettings

EXIT_DECLINED = 1
EXIT_FAILED = 2
NO_PICTURE = "no picture here, which needs matplotlib; draw it on your machine: limen gates SESSION --picture FILE"
NOT_KNOWN = (
    "where the sessions are is not known; mend that, or say it with sudo, or name their folder with --folder"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    # Both before and after the action: what is left out there must not undo what is said here.
    where = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    for place in (parser, where):
        place.add_argument("--folder", metavar="DIR", type=Path, help="where the sessions are (the box's own)")
        place.add_argument(
            "--config", metavar="FILE", type=Path, help="with the folder and the gates (the box's own)"
        )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    parser.set_defaults(action="list")
    actions.add_parser("list", parents=[where], help="what there is (this is what no ACTION does, too)")
    show = actions.add_parser(
        "show", parents=[where], help="what a session is, as text and as a picture (with matplotlib)"
    )
    show.add_argument("session", metavar="SESSION", help="its name, or: last")
    show.add_argument("--picture", metavar="FILE", type=Path, help="where to (SESSION.png here)")
    show.add_argument("--span", metavar="FROM:TO", type=span, help="the seconds to draw (the busiest two minutes)")
    take = actions.add_parser("export", parents=[where], help="copy as .zip, to the USB stick (root mounts it)")
    take.add_argument("--to", metavar="DIR", type=Path, help="into this folder")
    gone = actions.add_parser("erase", parents=[where], help="erase for good")
    gone.add_argument("--yes", action="store_true", help="without asking")
    gone.add_argument("--discard", action="store_true", help="then ask the card to drop what was erased (root)")
    for action in (take, gone):
        action.add_argument("session", metavar="SESSION", nargs="*", help="their names, or: last")
        action.add_argument("--all", action="store_true", help="all of them")


def run(args: argparse.Namespace) -> int:
    """Do what is asked, in the folder that is meant."""
    folder = args.folder or _configured_folder(args.config)
    sessions = kept_sessions(folder)
    if args.action == "list":
        return _list(sessions, folder)
    if args.action == "show":
        session, *others = choose(sessions, args.session, folder)
        if others:
            names = ", ".join(each.name for each in (session, *others))
            raise UsageError(f"{args.session} has several wearers; choose one of {names}")
        return _show(session, args)
    if bool(args.session) == args.all:
        raise UsageError(f"limen sessions {args.action}: name sessions, or say --all")
    chosen = sessions if args.all else _chosen(sessions, args.session, folder)
    if not chosen:
        _list(chosen, folder)
        if args.action == "erase" and args.discard:
            discard(folder)  # of what was erased before
        return 0
    return _export(chosen, args.to) if args.action == "export" else _erase(chosen, folder, args)


def _configuration(named: Path | None) -> Config:
    """What was named, else a box's own, else what is built in."""
    machine = Machine()
    own = own_config(machine) if machine.has(CONFIG_FILE) else None
    return load_config(named or own)


def _configured_folder(named: Path | None) -> Path:
    try:
        return sessions_folder(_configuration(named))
    except ConfigError as error:
        raise ConfigError(f"{error}\n{NOT_KNOWN}") from error


def _gates(args: argparse.Namespace) -> Mapping[str, GateSettings]:
    """The configuration's; a box's own that is wrong keeps nobody from looking at what is in a folder of theirs."""
    try:
        return _configuration(args.config).gates
    except ConfigError as error:
        if args.config is not None or args.folder is None:
            raise
        print(f"{error}\ndrawn with the gates that are built in", file=sys.stderr)
        return Config().gates


def _chosen(sessions: list[KeptSession], names: list[str], folder: Path) -> list[KeptSession]:
    found = {session.path: session for name in names for session in choose(sessions, name, folder)}
    return list(found.values())


def _list(sessions: list[KeptSession], folder: Path) -> int:
    if not sessions:
        print(f"no sessions in {folder}", file=sys.stderr)
        return 0
    rows = [("SESSION", "WHEN (UTC)", "LENGTH", "WEARER", "MARKS", "SIZE", ""), *map(_row, sessions)]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    for row in rows:
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[6]]).rstrip())
    return 0


def _row(session: KeptSession) -> tuple[str, ...]:
    wearer = "" if session.wearer is None else str(session.wearer)
    return (
        session.name,
        _when(session),
        _length(session),
        wearer,
        str(session.marks),
        _size(session),
        _notes(session),
    )


def _when(session: KeptSession) -> str:
    if session.start_unix is None:
        return "?"
    return f"{datetime.fromtimestamp(session.start_unix, UTC):%Y-%m-%d %H:%M}"


def _length(session: KeptSession) -> str:
    minutes, seconds = divmod(round(session.duration_s), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _size(session: KeptSession) -> str:
    return f"{session.size_bytes / 1e6:.1f} MB"


def _notes(session: KeptSession) -> str:
    notes = ["being recorded"] if session.recording else list(session.problems)
    return "; ".join([*notes, *([f"{session.lost_s:.1f} s lost"] if session.lost_s else [])])


def _show(session: KeptSession, args: argparse.Namespace) -> int:
    from limen.cli.picture import draw  # noqa: PLC0415  (matplotlib is slow to load and need not be there)

    picture = args.picture or Path(f"{session.name}.png")
    if args.picture is None and picture.exists():
        raise UsageError(f"{picture} is there already; name another with --picture")
    recorded = reading_session(session.path)
    for label, text in zip(("when", "length", "wearer", "marks", "size", "note"), _row(session)[1:], strict=True):
        if text:
            print(f"{label + ':':<8} {text}{' UTC' if label == 'when' else ''}")
    for number, tag in enumerate(recorded.tags, 1):
        print(f"mark {number}: at {tag:.2f} s")
    if args.picture is None and find_spec("matplotlib") is None:
        print(NO_PICTURE, file=sys.stderr)
    else:
        print(draw(recorded, _gates(args), picture, args.span))
    return 0


def _export(chosen: list[KeptSession], to: Path | None) -> int:
    with stick() if to is None else nullcontext(to) as target:
        done = _each(chosen, lambda session: _exported(session, target), "exported")
    return 0 if len(done) == len(chosen) else EXIT_FAILED


def _exported(session: KeptSession, to: Path) -> str:
    path, was_there = export(session.path, to)
    return f"{path}: {'there already, and the same' if was_there else 'written and compared'}"


def _erase(chosen: list[KeptSession], folder: Path, args: argparse.Namespace) -> int:
    if not args.yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to be asked; say --yes to erase without asking")
        for session in chosen:
            print("  ".join(_row(session)[:6]))
        if not _agreed(f"Erase {'these' if len(chosen) > 1 else 'this'} for good? [y/N] "):
            print("nothing was erased")
            return EXIT_DECLINED
    done = _each(chosen, _erased, "erased")
    if done:
        if args.discard:
            discard(folder)
        print(WHAT_FOR_GOOD_MEANS)
    return 0 if len(done) == len(chosen) else EXIT_FAILED


def _erased(session: KeptSession) -> str:
    erase(session.path)
    return f"{session.name}: erased"


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:  # Ctrl-D leaves the line unended
        print()
        return False


def _each(chosen: list[KeptSession], do: Callable[[KeptSession], str], what: str) -> list[KeptSession]:
    """Do it to each, also where it cannot be done to another, and say so. Returns those it was done to."""
    done = []
    for session in chosen:
        try:
            said = do(session)
        except SessionError as error:
            print(error, file=sys.stderr)
        else:
            print(said, flush=True)
            done.append(session)
    if len(chosen) > 1:
        print(f"{len(done)} of {len(chosen)} {what}")
    return done
