"""A service that feeds systemd's watchdog until it is stopped."""

from __future__ import annotations

import time

from systemd import daemon

daemon.notify("READY=1")
while True:
    daemon.notify("WATCHDOG=1")
    time.sleep(1)
