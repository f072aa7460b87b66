"""Switching the board off, by asking systemd-logind over D-Bus."""

from __future__ import annotations

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from limen.errors import LimenError


async def power_off() -> None:
    """Ask for the board to be shut down. LimenError where that is not allowed or there is nobody to ask."""
    try:
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        reply = await bus.call(
            Message(
                destination="org.freedesktop.login1",
                path="/org/freedesktop/login1",
                interface="org.freedesktop.login1.Manager",
                member="PowerOff",
                signature="b",
                body=[False],
            )
        )
        bus.disconnect()
    except (OSError, EOFError) as error:
        raise LimenError(f"nobody to ask for a shutdown ({error}); pull the plug, nothing will be lost") from error
    if reply is not None and reply.message_type is MessageType.ERROR:
        why = reply.body[0] if reply.body else reply.error_name
        raise LimenError(f"shutting down was refused ({why}); pull the plug, nothing will be lost")
