"""The virtual box: a whole Limen under emulation, as the project's own test instrument.

A real Debian in QEMU, with the kernel's own stand-ins for the hardware: a Bluetooth controller, three radios, a
GPIO chip, a watchdog; and wristbands in the air around it. A test reads like an evening at a venue:

    band.power_on()
    box.press("start")
    laptop.join("limen", "passphrase")
    assert laptop.listen(9000).messages("/limen/1/link")
    box.cut_power()

`make box` builds it and keeps a live snapshot in the user's cache, `make box-shell` gives a prompt in one,
`make test-box` runs the tests of this folder, `make cuts N=20` pulls the plug twenty times.
"""
