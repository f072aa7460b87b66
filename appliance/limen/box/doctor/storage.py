"""Checks of the card: what is written where."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from limen.box.doctor.finding import Finding, not_here, not_ok, ok
from limen.box.doctor.site import Site, fault
from limen.box.faults import Fault
from limen.box.venue import DAEMON, DATA, STATE, USER

# Mounts that are gone with the power.
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
RECORDING_OFF: Final = "the configuration has recording off"
ONLY_ROOT: Final = "only root and the daemon can see whether it is writable"
# Rights, masks, mounts: nothing tells as surely as a try.
TRY: Final = ("sh", "-c", 'made=$(mktemp -p "$0" .doctor.XXXXXX) && rm "$made"')


def data(site: Site) -> Finding:
    """Whether the data partition is there and can be written."""
    mount = site.mount(f"/{STATE}")
    if mount is None:
        return not_ok(f"nothing is mounted at /{STATE}", f"sudo systemctl restart {DATA}; then a new card")
    kind, options = mount
    if kind in IN_MEMORY:
        return not_ok("in memory: settings and sessions go with the power", "off and on again; then a new card")
    if "ro" in options or site.machine.file_system(site.machine.path(STATE)).read_only:
        return not_ok(fault(Fault.CARD_READ_ONLY).says, fault(Fault.CARD_READ_ONLY).remedy)
    try:
        with tempfile.TemporaryFile(dir=site.machine.path(STATE)) as file:
            file.write(b"limen")
            file.flush()
            os.fsync(file.fileno())
    except PermissionError:
        return not_ok(ONLY_ROOT, "sudo limen doctor")
    except OSError as error:
        return not_ok(f"cannot be written: {error.strerror}", fault(Fault.CARD_READ_ONLY).remedy)
    return ok(f"{kind}, writable")


def recordings(site: Site) -> Finding:
    """Whether the daemon can make recordings where the configuration wants them."""
    if not site.config.recorder.enable:
        return not_here(RECORDING_OFF)
    if not site.is_root:
        return not_ok(ONLY_ROOT, "sudo limen doctor")
    folder = (site.config.recorder.folder or site.data / "sessions").absolute()
    there = next(path for path in (folder, *folder.parents) if path.is_dir())  # the daemon makes what is missing
    pid = site.units.get(DAEMON, {}).get("MainPID", "0")
    # The daemon may write to less than its user may: its unit closes most of the machine to it.
    inside = () if pid == "0" else ("nsenter", f"--target={pid}", "--mount", "--")
    answer = site.run(
        (*inside, "setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--", *TRY, str(there))
    )
    if not answer.status:
        doubt = "" if inside else f"; {DAEMON} may still deny it, which is seen only while it runs"
        return ok(f"{folder}, writable for the user {USER}{doubt}")
    who, _, why = answer.last_words.rpartition(": ")
    if not who.startswith("mktemp"):
        return not_ok(f"{folder}: nobody can tell whether it is writable: {answer.last_words}", "off and on again")
    missing = "" if there == folder else "it does not exist, and "
    return not_ok(f"{folder}: {missing}the daemon cannot write to {there}: {why}", _remedy(site, there, why))


def _remedy(site: Site, folder: Path, why: str) -> str:
    if why == os.strerror(errno.EACCES):
        return f"sudo chown {USER}: {folder}; a stick with FAT: mount it with uid={USER}"
    if site.config.recorder.folder is None:
        return fault(Fault.CARD_READ_ONLY).remedy
    return f"mount it; let {DAEMON} write there (ReadWritePaths=); sudo systemctl restart {DAEMON}"


def space(site: Site) -> Finding:
    """Whether a session can be recorded."""
    card = site.health.card
    if card.reserve_mb is None:
        return not_here(RECORDING_OFF)
    if (elsewhere := site.config.recorder.folder) is not None and not elsewhere.is_dir():
        return not_here(f"{elsewhere} does not exist")
    if card.free_mb is None:
        return not_ok(f"{site.data} cannot be asked for its space", fault(Fault.CARD_READ_ONLY).remedy)
    if card.free_mb < card.reserve_mb:
        return not_ok(
            f"{card.free_mb:.0f} MB free, and {card.reserve_mb:.0f} are kept in reserve",
            "sudo limen sessions export --all && sudo limen sessions erase --all",
        )
    return ok(f"{card.free_mb:.0f} MB free in {site.data}")


def errors(site: Site) -> Finding:
    """Whether a file system met errors since it was last checked."""
    count = site.health.card.errors
    if count is None:
        return not_here("no ext4 file system that counts errors")
    if count:
        return not_ok(f"{count} errors", fault(Fault.CARD_FAILING).remedy)
    return ok("none")


def root(site: Site) -> Finding:
    """Whether the system cannot be harmed by a power cut."""
    kind, options = site.mount("/") or ("nothing", frozenset())
    if "ro" in options or kind == "overlay":
        return ok(f"{kind}, read-only")
    return not_ok(f"{kind}, writable: a power cut may harm it", "make unit, then off and on again")


def swap(site: Site) -> Finding:
    """Whether memory stays in memory."""
    used = [line.split()[0] for line in (site.machine.text("proc/swaps") or "").splitlines()[1:] if line.strip()]
    if used:
        return not_ok(f"swap on {', '.join(used)} stalls the sound and wears the card", "make unit")
    return ok("none")


def journal(site: Site) -> Finding:
    """Whether the journal is kept in memory."""
    if site.machine.names("var/log/journal"):
        return not_ok("the journal is written to /var/log/journal", "make unit; then sudo rm -r /var/log/journal")
    if not site.machine.names("run/log/journal"):
        return not_ok("there is no journal", "sudo systemctl restart systemd-journald")
    return ok("in memory")
