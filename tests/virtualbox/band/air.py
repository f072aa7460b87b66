"""The air between the box's Bluetooth controller and the bands: Bumble's link, corrected, with distance."""

from __future__ import annotations

import asyncio
from typing import Final

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.hci import LeFeatureMask
from bumble.link import LocalLink
from bumble.transport import open_transport

BOX_ADDRESS: Final = "F6:F7:F8:F9:FA:FB"
SUPERVISION_S: Final = 2.0
_TIMED_OUT: Final = 0x08


class Air(LocalLink):
    """One room. A controller in `away` is out of everybody's reach."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.away: set[Controller] = set()
        self.box: Controller | None = None

    async def open_box(self, transport: str = "vhci") -> None:
        """Put the box's controller into the room and give it to this machine's kernel as hci0."""
        host = await open_transport(transport)
        box = Controller("box", host_source=host.source, host_sink=host.sink, link=self, public_address=BOX_ADDRESS)
        # Bumble 0.0.236 claims these and then sends the plain LE Connection Complete: Linux waits 20 s for the
        # enhanced one, with every other command held up behind it.
        unkept = LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING
        box.le_features &= ~(unkept | LeFeatureMask.LE_PERIODIC_ADVERTISING)
        self.box = box

    async def lose(self, band: Controller, supervision_s: float = SUPERVISION_S) -> None:
        """The band is out of reach from now on; both ends of its connection find out by supervision timeout."""
        self.away.add(band)
        await asyncio.sleep(supervision_s)
        if band not in self.away:
            return
        for connection in list(band.le_connections.values()):
            peer = self.find_le_controller(connection.peer_address)
            band.on_le_disconnected(connection, _TIMED_OUT)
            if peer and (other := peer.le_connections.get(connection.self_address)):
                peer.on_le_disconnected(other, _TIMED_OUT)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Advertising reaches everybody, except from afar."""
        if sender_controller not in self.away:
            super().send_advertising_pdu(sender_controller, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Link control between two that hear each other."""
        ends = {self.find_le_controller(sender_address), self.find_le_controller(receiver_address)}
        if None not in ends and not ends & self.away:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Data, under the address that the connection was made with.

        Bumble 0.0.236 labels it with the sender's random address; BlueZ scans with a throw-away random address and
        connects with its public one, so that discovery would hang.
        """
        peer = self.find_le_controller(destination_address)
        connection = sender_controller.le_connections.get(destination_address)
        if peer and connection and not {sender_controller, peer} & self.away:
            asyncio.get_running_loop().call_soon(peer.on_link_acl_data, connection.self_address, transport, data)
