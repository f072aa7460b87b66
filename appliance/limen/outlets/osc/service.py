"""OSC in and out, opened and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from limen.outlets.osc.control import ControlInput, Controls
from limen.outlets.osc.destinations import Destinations, Stations, nobody
from limen.outlets.osc.outlet import OscOutlet
from limen.outlets.osc.resolve import literal, resolve
from limen.outlets.osc.sender import Sender, open_socket
from limen.outlets.osc.settings import OscSettings


class Osc:
    """What `open_osc` opened: the outlet (a sink for the driver), the control input if there is one."""

    def __init__(self, outlet: OscOutlet) -> None:
        self.outlet = outlet
        self.control: ControlInput | None = None
        self.control_address: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._lookups: set[asyncio.Task[None]] = set()

    async def resolved(self, patience_s: float) -> None:
        """Return when the addresses of all targets are known, or have been looked up for so long."""
        if self._lookups:
            await asyncio.wait(self._lookups, timeout=patience_s)

    async def close(self) -> None:
        """Close every gate at the receivers, then all sockets."""
        for task in self._lookups:
            task.cancel()
        # First, and without a wait: whoever ends us may lose patience and do it twice.
        self.outlet.close()
        if self._transport is not None:
            self._transport.close()
        await asyncio.gather(*self._lookups, return_exceptions=True)
        await asyncio.sleep(0)  # a transport gives its port back in the loop's next turn

    def _look_up(self, settings: OscSettings) -> None:
        for target in settings.targets:
            ip = literal(target.host)
            if ip is not None:
                self.outlet.target(target, ip)
            else:
                self._lookups.add(asyncio.create_task(resolve(target, self.outlet.target)))

    async def _listen(self, settings: OscSettings, controls: Controls, wearers: Collection[int]) -> None:
        loop = asyncio.get_running_loop()
        sock = open_socket(settings.control_host, settings.control_port)
        self.control_address = sock.getsockname()
        control = ControlInput(settings, controls, self.outlet, Sender(sock), loop.time, wearers=wearers)
        self._transport, self.control = await loop.create_datagram_endpoint(lambda: control, sock=sock)


async def open_osc(
    settings: OscSettings,
    controls: Controls | None = None,
    *,
    wearers: Collection[int] = (1,),
    stations: Stations = nobody,
) -> Osc:
    """Open OSC as set; without `controls` nothing listens. Raises OutletError if a port is taken."""
    destinations = Destinations(
        port=settings.port,
        delivery=settings.delivery,
        broadcast=settings.broadcast,
        stations=stations,
        station_rate=settings.station_rate,
    )
    clock = asyncio.get_running_loop().time
    osc = Osc(OscOutlet(settings, Sender(open_socket()), destinations, wearers=wearers, clock=clock))
    try:
        if controls is not None:
            await osc._listen(settings, controls, wearers)
    except BaseException:
        await osc.close()
        raise
    osc._look_up(settings)
    return osc
