"""What the bus says, by what can be done about it."""

import pytest
from bleak.exc import BleakDBusError
from dbus_fast.errors import AuthTimeoutError, DBusError

from limen.inlets.band.failures import classify, in_words
from limen.inlets.band.ladder import Failure


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("org.bluez.Error.NotReady", Failure.ADAPTER),
        ("org.freedesktop.DBus.Error.ServiceUnknown", Failure.DAEMON),
        ("org.freedesktop.DBus.Error.Spawn.ExecFailed", Failure.DAEMON),
        ("org.freedesktop.systemd1.UnitMasked", Failure.DAEMON),
        ("org.freedesktop.DBus.Error.FileExists", Failure.DAEMON),
        ("org.freedesktop.DBus.Error.UnknownObject", Failure.STALE),
        ("org.bluez.Error.Failed", Failure.DROPPED),
    ],
)
def test_an_errors_name_tells_what_to_do(name, failure):
    assert classify(DBusError(name, "text")) is failure
    assert classify(BleakDBusError(name, ["text"])) is failure


def test_a_bus_that_lets_nobody_in_is_a_bluetoothd_that_cannot_be_reached():
    assert classify(AuthTimeoutError("authentication timed out")) is Failure.DAEMON


def test_a_bluetoothd_that_cannot_be_started_is_named_with_the_remedy():
    told = in_words(DBusError("org.freedesktop.DBus.Error.FileExists", "Unit dbus-org.bluez.service\nfailed"))
    assert told.startswith("bluetoothd cannot be reached; try `systemctl restart bluetooth`")
    assert "\n" not in told
