"""The one function that Limen takes from systemd-python: a datagram to the named socket, as sd_notify(3) has it."""

from __future__ import annotations

import os
import socket


def notify(status: str) -> bool:
    """Tell the manager that started this process; false where there is none."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.sendto(status.encode(), name.replace("@", "\0", 1) if name.startswith("@") else name)
    return True
