"""A band's attribute table as Bumble serves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bumble.att import ATT_Error_Response, ATT_Write_Request
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.gatt_server import Server

from .table import BATTERY, COMMAND, EVENT, STREAMS

INFORMATION: Final = {"2a29": b"Empatica", "2a24": b"E4", "2a26": b"3.1.0", "2a27": b"1.0"}
SERIAL: Final = "2a25"
_WRITE_NOT_PERMITTED: Final = 0x03
_PROPERTIES: Final = {
    "both": Characteristic.Properties.WRITE | Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "command": Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "request": Characteristic.Properties.WRITE,
}


class Services:
    """The characteristics of one band, and what it does with a write to 3e71."""

    def __init__(self, write: str, serial: str, on_command: Callable[[Connection, bytes], None]) -> None:
        notify, none = Characteristic.Properties.NOTIFY, Characteristic.Permissions(0)
        self.notifying: dict[str, Characteristic[bytes]] = {
            short: Characteristic(short, notify, none, bytes(20)) for short in (*STREAMS.values(), EVENT, BATTERY)
        }
        self._command: Characteristic[bytes] = Characteristic(
            COMMAND, _PROPERTIES[write], Characteristic.WRITEABLE, CharacteristicValue(write=on_command)
        )
        read = Characteristic.Properties.READ
        self._information = [
            Characteristic(short, read, Characteristic.READABLE, value)
            for short, value in (INFORMATION | {SERIAL: serial.encode()}).items()
        ]

    def all(self) -> list[Service]:
        """In the order of the table."""
        return [
            Service("180a", self._information),
            Service("3e70", [self._command]),
            Service("3ea0", [self.notifying[short] for short in STREAMS.values()]),
            Service("3eb0", [self.notifying[EVENT], self.notifying[BATTERY]]),
        ]

    def refuse_requests(self, server: Server, refusing: Callable[[], bool]) -> None:
        """While `refusing`, 3e71 takes commands and no requests; Bumble itself does not look at the properties."""
        accept: Callable[[Any, ATT_Write_Request], None] = server.on_att_write_request

        def on_write_request(bearer: Any, request: ATT_Write_Request) -> None:
            if request.attribute_handle != self._command.handle or not refusing():
                accept(bearer, request)
                return
            refusal = ATT_Error_Response(
                request_opcode_in_error=request.op_code,
                attribute_handle_in_error=request.attribute_handle,
                error_code=_WRITE_NOT_PERMITTED,
            )
            server.send_response(bearer, refusal)

        server.on_att_write_request = on_write_request
