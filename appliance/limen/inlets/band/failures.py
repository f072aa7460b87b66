"""What bleak and D-Bus raise, by what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)
from dbus_fast.errors import AuthError, DBusError

from limen.errors import BandError
from limen.inlets.band.ladder import Failure

# What any call to bleak or D-Bus may end in; bleak asserts that its bus is there, and it may go at any time.
TROUBLE: Final = (BleakError, DBusError, AuthError, TimeoutError, OSError, EOFError, AssertionError, KeyError)

_BY_NAME: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        "org.bluez.Error.InProgress": Failure.BUSY,
        "org.bluez.Error.NotReady": Failure.ADAPTER,
        "org.bluez.Error.DoesNotExist": Failure.STALE,
        "org.freedesktop.DBus.Error.UnknownObject": Failure.STALE,
        "org.freedesktop.DBus.Error.UnknownMethod": Failure.STALE,
        "org.freedesktop.DBus.Error.ServiceUnknown": Failure.DAEMON,
        "org.freedesktop.DBus.Error.NameHasNoOwner": Failure.DAEMON,
        "org.freedesktop.DBus.Error.Disconnected": Failure.DAEMON,
        "org.freedesktop.DBus.Error.NoReply": Failure.TIMEOUT,
        "org.freedesktop.DBus.Error.TimedOut": Failure.TIMEOUT,
    }
)

ADVICE: Final[Mapping[Failure, str]] = MappingProxyType(
    {
        Failure.ADAPTER: "no Bluetooth adapter that works; plug one in, or try `rfkill unblock bluetooth`",
        Failure.DAEMON: "bluetoothd cannot be reached; try `systemctl restart bluetooth`",
    }
)


class LinkFailedError(BandError):
    """An attempt at a link ended; `failure` says how, and with that what to do next."""

    def __init__(self, failure: Failure, why: str) -> None:
        super().__init__(why)
        self.failure = failure


def classify(error: BaseException) -> Failure:
    """Tell which class of failure an exception of TROUBLE is."""
    match error:
        case LinkFailedError():
            return error.failure
        case BleakDeviceNotFoundError():
            return Failure.NOT_SEEN
        case BleakCharacteristicNotFoundError() | KeyError():
            return Failure.STALE
        case BleakBluetoothNotAvailableError():
            return Failure.ADAPTER
        case BleakDBusError():
            return _by_name(error.dbus_error)
        case DBusError():
            return _by_name(str(error.type))
        case TimeoutError():
            return Failure.TIMEOUT
        case OSError() | EOFError() | AuthError():
            return Failure.DAEMON
    return Failure.DROPPED


def _by_name(name: str) -> Failure:
    # What is not BlueZ's own word is the bus's about a bluetoothd that cannot be started: masked (FileExists),
    # not installed, failing at once.
    return _BY_NAME.get(name, Failure.DROPPED if name.startswith("org.bluez.") else Failure.DAEMON)


def in_words(error: BaseException) -> str:
    """Say it in one line, with what to do where that is known."""
    text = " ".join(str(error).split()) or type(error).__name__
    advice = ADVICE.get(classify(error))
    return f"{advice} ({text})" if advice else text
