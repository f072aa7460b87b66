"""A laptop in the room: a Wi-Fi radio of its own, a real DHCP client, and a real OSC receiver."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.virtualbox.ssh import quote

if TYPE_CHECKING:
    from tests.virtualbox.box import Box


# Each look costs an emulated box about what a second of playing does.
_ASK_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Lease:
    """What the network's DHCP server gave."""

    ip: str
    mask: str
    broadcast: str
    router: str
    dns: str
    lease: str


@dataclass(frozen=True, slots=True)
class Message:
    """One OSC message as liblo's oscdump printed it: address, type tags, arguments as text."""

    address: str
    types: str
    arguments: tuple[str, ...]


class Listener:
    """An oscdump that writes down what it hears, in a laptop or, with None, in the box itself."""

    def __init__(self, box: Box, laptop: str | None, port: int) -> None:
        self._box = box
        self._unit = f"{laptop or 'box'}-{port}"
        self._file = f"/run/venue/{self._unit}.osc"
        where = [f"-pNetworkNamespacePath=/run/netns/{laptop}"] if laptop else []
        unit = ["systemd-run", "-q", "--collect", f"--unit={self._unit}", f"-pStandardOutput=truncate:{self._file}"]
        box.run(quote(*unit, *where, "stdbuf", "-oL", "oscdump", str(port)))
        look = f"ip netns exec {laptop} ss -Huln" if laptop else "ss -Huln"
        box.wait_for(f"receiver on port {port}", lambda: f":{port} " in box.run(look))

    def messages(self, address: str | None = None) -> list[Message]:
        """All messages so far, or those to `address`."""
        # What follows the last end of a line is half a message: it is read while it is written.
        lines = self._box.get(self._file).decode(errors="replace").split("\n")[:-1]
        heard = (_parse(line) for line in lines if line)
        return [message for message in heard if address in {None, message.address}]

    def wait_for(self, address: str, *arguments: str, count: int = 1, timeout: float = 900.0) -> list[Message]:
        """All messages to `address`, with those arguments if any are given, once `count` more have come."""

        def heard() -> list[Message]:
            return [
                message for message in self.messages(address) if not arguments or message.arguments == arguments
            ]

        enough = len(heard()) + count
        what = f"{count} x {address} {' '.join(arguments)} at {self._unit}"
        return self._box.wait_for(what, lambda: len(found := heard()) >= enough and found, timeout, _ASK_S) or []

    def stop(self) -> None:
        """End the receiver."""
        self._box.run(f"systemctl stop {self._unit}", check=False)


class Laptop:
    """One of the two laptops, each in a network namespace of the box that bears its name."""

    def __init__(self, box: Box, name: str) -> None:
        self.name = name
        self._box = box

    def join(self, ssid: str, psk: str, patience: int = 180) -> Lease:
        """Associate and get an address. Raises ssh.CommandError that says which of the two failed."""
        command = quote("sh", "/opt/venue/join.sh", self.name, ssid, psk, str(patience))
        return Lease(**json.loads(self._box.run(command, timeout=patience + 300)))

    def leave(self) -> None:
        """Go off the network."""
        self._box.run(f"sh /opt/venue/leave.sh {self.name}")

    def listen(self, port: int) -> Listener:
        """A real receiver on a UDP port."""
        return Listener(self._box, self.name, port)

    def send(self, host: str, port: int, address: str, types: str = "", *arguments: float | str) -> None:
        """Send one OSC message with liblo's oscsend."""
        self.run(quote("oscsend", host, str(port), address, *([types] if types else []), *map(str, arguments)))

    def sleep_radio(self, asleep: bool = True) -> None:
        """Power save, as laptops do: broadcasts then wait for the access point's next DTIM beacon."""
        self.run(f"iw dev wlan0 set power_save {'on' if asleep else 'off'}")

    def run(self, command: str, *, check: bool = True) -> str:
        """What a shell line printed that ran in the laptop's network."""
        return self._box.run(f"ip netns exec {self.name} sh -c {shlex.quote(command)}", check=check)


def _parse(line: str) -> Message:
    words = shlex.split(line)[1:]  # the first is the time tag
    return Message(words[0], words[1] if len(words) > 1 else "", tuple(words[2:]))
