"""A rehearsal: the last recording of the first wearer, through the live path.

It reads sessions, which takes numpy; a box that only listens to bands is up sooner without either.
"""

from __future__ import annotations

from pathlib import Path

from limen.box.config import Config
from limen.box.livepath import LivePath
from limen.box.pace import perform
from limen.box.places import sessions_folder
from limen.box.sessions import newest
from limen.errors import SessionError
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.session import Session


def recording(config: Config) -> Path | None:
    """What would be rehearsed with: the first wearer's newest recording, or one of nobody in particular."""
    return newest(sessions_folder(config), config.wearers[0].number)


def last_session(config: Config) -> Session:
    """That recording, read. Raises SessionError where there is none, or it cannot be read."""
    if (path := recording(config)) is None:
        folder, wearer = sessions_folder(config), config.wearers[0].number
        raise SessionError(f"{folder} keeps no session of wearer {wearer}; limen sessions lists them")
    return read_session(path)


async def rehearse(path: LivePath, wearer: int, session: Session) -> None:
    """Play it at the pace of life, once."""
    await perform(path, wearer, packets(session, wearer), streams=session.data, rates=session.rates)
