"""The bands' daemon: `python -m band FOLDER`.

FOLDER/control is a unix socket that takes one JSON object a line, {"band": id, "do": method, ...arguments}, and
answers each with {"value": ...} or {"error": "..."}. FOLDER/<id>.log has every packet of band <id>: monotonic
seconds, stream or characteristic, what became of it (sent, unheard: nobody subscribed, lost: a fault), hex.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from .air import Air
from .wristband import Wristband


class Bands:
    """All bands of the room, by id."""

    def __init__(self, air: Air, folder: Path) -> None:
        self._air = air
        self._folder = folder
        self._bands: dict[str, Wristband] = {}

    async def do(self, request: dict[str, Any]) -> Any:
        """Carry out one request."""
        verb, key = request.pop("do"), request.pop("band")
        if verb == "make":
            log = (self._folder / f"{key}.log").open("w")
            self._bands[key] = Wristband(self._air, request["name"], request["address"], log)
            return None
        band = self._bands[key]
        if verb == "set":
            for name, value in request.items():
                setattr(band, name, value)
            return None
        if verb == "state":
            return band.state
        if verb == "wear":
            return band.wear(_load(Path(request["tape"])))
        if verb == "fault":
            return band.fault(request)
        done = getattr(band, verb)(**request)
        return await done if asyncio.iscoroutine(done) else done

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it leaves."""
        while line := await reader.readline():
            try:
                answer = {"value": await self.do(json.loads(line))}
            except Exception as error:  # noqa: BLE001  it goes to the client, who raises it
                answer = {"error": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()


def _load(tape: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in tape.iterdir()}


async def _main(folder: Path) -> None:
    air = Air()
    await air.open_box()
    server = await asyncio.start_unix_server(Bands(air, folder).serve, folder / "control")
    _say_ready()
    await server.serve_forever()


def _say_ready() -> None:
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service_manager:
            service_manager.sendto(b"READY=1", address.replace("@", "\0", 1))


if __name__ == "__main__":
    _folder = Path(sys.argv[1])
    _folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_main(_folder))
