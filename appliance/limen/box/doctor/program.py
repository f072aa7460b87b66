"""Checks of the program: what it is made of, and what it was told."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from limen import __version__
from limen.box.doctor.finding import Finding, not_here, not_ok, ok
from limen.box.doctor.site import Site
from limen.errors import PanelError
from limen.panel.pins import load_pins


def python(site: Site) -> Finding:
    """Which Python runs which Limen."""
    wanted = metadata("limen")["Requires-Python"]
    found = platform.python_version()
    if not SpecifierSet(wanted).contains(found, prereleases=True):
        return not_ok(f"Python {found}, and Limen wants {wanted}", "install Limen again, with a newer Python")
    return ok(f"Limen {__version__} on Python {found}, {platform.machine()}")


def packages(site: Site) -> Finding:
    """Whether what Limen is built on is there, and new enough; on a box also what only a box needs."""
    wrong, right = [], []
    for wanted in _requirements("box" if site.is_box else ""):
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        if wanted.specifier.contains(found, prereleases=True):
            right.append(f"{wanted.name} {found}")
        else:
            wrong.append(f"{wanted.name} is {found}, not {wanted.specifier}")
    if wrong:
        return not_ok(", ".join(wrong), "install Limen again: make env, or for a box make unit")
    return ok(", ".join(right))


def _requirements(extra: str) -> Iterator[Requirement]:
    for line in requires("limen") or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            yield wanted


def configuration(site: Site) -> Finding:
    """Whether the daemon will take its configuration."""
    path = site.config_path
    if path is None:
        return ok("none is needed here: what is built in holds")
    config, problems = site.config_read
    if config is None:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        # A box's own is not for everybody to read.
        return not_ok(problems[0] + more, f"correct it: {'sudo ' if site.is_box else ''}limen check {path}")
    return ok(f"{path}: right")


def pin_map(site: Site) -> Finding:
    """Whether the pin map is whole."""
    try:
        pins = load_pins()
    except PanelError as error:
        return not_ok(str(error), "install Limen again: make env, or for a box make unit")
    buttons = ", ".join(f"{button} {pin}" for button, pin in pins.buttons.items())
    return ok(f"buttons {buttons}; LEDs {', '.join(f'{led} {pin}' for led, pin in pins.leds.items())}")


def gpio(site: Site) -> Finding:
    """Whether the buttons and LEDs can be reached."""
    if not site.config.panel.enable:
        return not_here("the configuration has the panel off")
    try:
        return ok(f"/dev/gpiochip{site.find_chip()}")
    except PermissionError as error:
        return not_ok(f"{error.filename} may not be opened", "sudo limen doctor")
    except OSError as error:
        return not_ok(str(error), "is this a Raspberry Pi? If it is: make unit, then off and on again")
