"""What is known of the band's GATT profile, with how sure anybody outside the maker can be.

Nothing here comes from the maker's software: it is what several independent clients have in common, and what
arithmetic on exported sessions confirms. A first connection logs the whole table, so that gaps get filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from limen.streams import Stream

NAME_PREFIX: Final = "Empatica"  # the advertised name goes on differently: "E4", "E4 43d011"
ADDRESS_PREFIX: Final = "00:07:80"  # of the radio module's maker; one band seen
PACKET_BYTES: Final = 20  # every notification of a sensor: ATT_MTU 23 less 3 bytes of header
ATT_MTU: Final = 23
CONNECTABLE_S: Final = 40.0  # after power-on the band can be reached for 30 to 60 s, then records for itself
SUBSCRIBED_TO_START_S: Final = 0.5  # clients that stream wait this long between subscribing and the start
SILENT_START_S: Final = 5.0  # no notification this long after a start: try the other start


class Confidence(StrEnum):
    """How well a fact is supported."""

    HIGH = "high"  # the maker's documents, arithmetic on its output, or several independent sources
    MEDIUM = "medium"  # one good source, or inference that fits
    LOW = "low"  # one unverified claim


class Characteristic(StrEnum):
    """The characteristics that Limen uses, by the short name that captures and logs carry."""

    BVP = "bvp"
    ACC = "acc"
    EDA = "eda"
    TEMP = "temp"
    BUTTON = "button"
    BATTERY = "battery"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class CharacteristicSpec:
    """Where a characteristic lives: 16-bit numbers on the Bluetooth base UUID, and what is said on it.

    `confidence` is about the payload's layout; the numbers themselves are agreed by four independent clients.
    """

    service: int
    number: int
    says: str
    confidence: Confidence

    @property
    def uuid(self) -> str:
        """The full UUID, in lower case."""
        return full_uuid(self.number)


CHARACTERISTICS: Final[Mapping[Characteristic, CharacteristicSpec]] = MappingProxyType(
    {
        Characteristic.BVP: CharacteristicSpec(0x3EA0, 0x3EA1, "11 × two light channels", Confidence.MEDIUM),
        Characteristic.ACC: CharacteristicSpec(0x3EA0, 0x3EA3, "6 × x, y, z in 1/64 g", Confidence.HIGH),
        Characteristic.EDA: CharacteristicSpec(0x3EA0, 0x3EA8, "6 × 24 bits", Confidence.MEDIUM),
        Characteristic.TEMP: CharacteristicSpec(0x3EA0, 0x3EA6, "8 × 0.02 K", Confidence.HIGH),
        Characteristic.BUTTON: CharacteristicSpec(0x3EB0, 0x3EB2, "event code first", Confidence.MEDIUM),
        Characteristic.BATTERY: CharacteristicSpec(0x3EB0, 0x3EB3, "percent", Confidence.LOW),
        Characteristic.COMMAND: CharacteristicSpec(0x3E70, 0x3E71, "start", Confidence.MEDIUM),
    }
)

STREAM_OF: Final[Mapping[Characteristic, Stream]] = MappingProxyType(
    {
        Characteristic.BVP: Stream.BVP,
        Characteristic.ACC: Stream.ACC,
        Characteristic.EDA: Stream.EDA,
        Characteristic.TEMP: Stream.TEMP,
    }
)

NOTIFYING: Final = tuple(name for name in Characteristic if name is not Characteristic.COMMAND)

# Device Information, by the Bluetooth SIG's assigned numbers; which five of them a band has is not recorded.
DEVICE_INFORMATION: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x2A24: "model",
        0x2A25: "serial",
        0x2A26: "firmware",
        0x2A27: "hardware",
        0x2A28: "software",
        0x2A29: "manufacturer",
    }
)


class Start(StrEnum):
    """The two commands that are said to start streaming, the likelier first."""

    TIME = "time"  # opcode 1 and the time: five clients, medium confidence
    BARE = "bare"  # opcode 2 alone: one client, low confidence


def start_bytes(start: Start, unix_s: int) -> bytes:
    """Make the bytes to write to the command characteristic; `unix_s` sets the band's clock."""
    if start is Start.BARE:
        return b"\x02"
    return b"\x01" + unix_s.to_bytes(4, "little")


def full_uuid(number: int) -> str:
    """Put a 16-bit number on the Bluetooth base UUID."""
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


_BY_UUID: Final[Mapping[str, Characteristic]] = MappingProxyType(
    {spec.uuid: name for name, spec in CHARACTERISTICS.items()}
)


def characteristic_of(uuid: str) -> Characteristic | None:
    """Find the characteristic with this full UUID, None if Limen does not use it."""
    return _BY_UUID.get(uuid.lower())


def is_band_name(name: str | None) -> bool:
    """Whether an advertised name is a band's; by prefix in any case, for the rest of it varies."""
    return name is not None and name.lower().startswith(NAME_PREFIX.lower())
