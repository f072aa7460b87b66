"""From nothing to a live snapshot, in stages that are cached by everything that goes into them.

parts   gpio-sim.ko and lgpio's wheel, built in a throw-away trixie; the wheels from the package index
image   kernel, initrd and the disk of a Debian 13
live    the disk and the memory of that image, booted, with all its virtual hardware up
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.virtualbox import cache, recipe, sources
from tests.virtualbox.recipe import Variant

HERE: Final = Path(__file__).parent
TREE: Final = HERE.parents[1]


class BuildError(RuntimeError):
    """A stage could not be built; the message ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Image:
    """A built image: what QEMU boots, and the key that opens it."""

    folder: Path

    @property
    def disk(self) -> Path:
        """The root disk, raw, never written to: every box lays an overlay over it."""
        return self.folder / "root.img"

    @property
    def kernel(self) -> Path:
        """The kernel that is booted directly, without a boot loader."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Its initramfs."""
        return self.folder / "initrd.img"

    @property
    def ssh_key(self) -> Path:
        """The private key that the image lets in as root."""
        return self.folder / "key"


def image(variant: Variant = Variant.FULL) -> Image:
    """The image of `variant`, built if it is not in the cache. Needs root then. Raises BuildError."""
    return Image(cache.get(f"image-{variant}", image_key(variant), lambda out: _build_image(out, variant)))


def image_key(variant: Variant) -> str:
    """The key of all that goes into the image of `variant`."""
    packages = _packages(variant)
    return cache.key(
        [
            _parts_key(),
            HERE / "image" / "essential.sh",
            HERE / "image" / "customize.sh",
            *packages,
            str(recipe.DISK_MB),
        ]
    )


def wheels(variant: Variant = Variant.FULL) -> Path:
    """The folder of wheels for the guest's Python, those that are in the image at /opt/wheels."""
    return image(variant).folder / "wheels"


def _packages(variant: Variant) -> tuple[str, ...]:
    return recipe.BASE_PACKAGES + (recipe.BOX_PACKAGES if variant is Variant.FULL else ())


def _parts_key() -> str:
    wanted = (*recipe.BUILDER_PACKAGES, *recipe.LIMEN_WHEELS, *recipe.VENUE_WHEELS, recipe.LGPIO)
    return cache.key(
        [recipe.SUITE, HERE / "image" / "extras.sh", Path(__file__), TREE / "constraints.txt", *wanted]
    )


def _parts() -> Path:
    return cache.get("parts", _parts_key(), _build_parts)


def _build_parts(out: Path) -> None:
    _say("wheels for the box's Python")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--dest"]
    constraints = ["--constraint", str(TREE / "constraints.txt")]
    _run([*download, str(out / "wheels"), *constraints, *_for_guest(), *recipe.LIMEN_WHEELS], out)
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--target",
        str(out / "venue-lib"),
    ]
    _run([*install, *_for_guest(), *recipe.VENUE_WHEELS], out)
    _run([*download, str(out / "source"), "--no-deps", "--no-binary=:all:", recipe.LGPIO], out)
    _say("gpio-sim and lgpio from source")
    (source,) = (out / "source").glob("lgpio-*.tar.gz")
    hooks = [f'--customize-hook={HERE / "image" / "extras.sh"} "$1"']
    _mmdebstrap(out, recipe.BUILDER_PACKAGES, "apt", hooks, {"OUT": str(out), "LGPIO": str(source)})


def _build_image(out: Path, variant: Variant) -> None:
    parts = _parts()
    shutil.copytree(parts / "wheels", out / "wheels")
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "limen-box", "-f", str(out / "key")], out)
    # Readable by every user of this machine who shares the cache; it opens nothing but this image.
    (out / "key").chmod(0o644)
    _say(f"image of a {variant} Debian")
    environment = {
        "KEY": str(out / "key.pub"),
        "EXTRAS": str(parts),
        "WHEELS": str(out / "wheels"),
        "VENUE_LIB": str(parts / "venue-lib"),
        "VARIANT": str(variant),
    }
    hooks = [
        f'--essential-hook={HERE / "image" / "essential.sh"} "$1"',
        f'--customize-hook={HERE / "image" / "customize.sh"} "$1"',
    ]
    tree = out / "tree"
    try:
        _mmdebstrap(out, _packages(variant), "minbase", hooks, environment, tree)
        for name in ("vmlinuz", "initrd.img"):
            (built,) = (tree / "boot").glob(f"{name}-*")
            shutil.copyfile(built, out / name)
        size = f"{recipe.DISK_MB}M"
        _run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(tree), str(out / "root.img"), size], out)
    finally:
        _run(["rm", "-rf", "--one-file-system", str(tree)], out)


def _for_guest() -> list[str]:
    options = ["--python-version", recipe.GUEST_PYTHON, "--implementation", "cp", "--only-binary=:all:"]
    for abi in (f"cp{recipe.GUEST_PYTHON.replace('.', '')}", "abi3", "none"):
        options += ["--abi", abi]
    for platform in recipe.WHEEL_PLATFORMS:
        options += ["--platform", platform]
    return options


def _mmdebstrap(
    out: Path, packages: tuple[str, ...], kind: str, hooks: list[str], env: dict[str, str], tree: Path | None = None
) -> None:
    options = ['Acquire::Check-Valid-Until "false"', 'Acquire::Languages "none"', 'Apt::Install-Recommends "false"']
    _run(
        [
            *(
                "mmdebstrap",
                "--mode=root",
                f"--format={'directory' if tree else 'null'}",
                f"--variant={kind}",
                "--include=" + ",".join(packages),
            ),
            *(f"--aptopt={option}" for option in options),
            *(
                "--dpkgopt=force-unsafe-io",
                *(f"--dpkgopt=path-exclude=/usr/share/{d}/*" for d in ("man", "locale", "doc")),
            ),
            *hooks,
            *(recipe.SUITE, str(tree or "-"), *sources.debian_sources(recipe.SUITE)),
        ],
        out,
        env,
    )


def _run(command: list[str], out: Path, env: dict[str, str] | None = None) -> None:
    log = out / "build.log"
    with log.open("a") as file:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=os.environ | (env or {})
        )
    if done.returncode:
        tail = " | ".join(log.read_text(errors="replace").strip().splitlines()[-8:])
        raise BuildError(f"{Path(command[0]).name} failed while making {out.name.split('-')[1]}: {tail}")


def _say(what: str) -> None:
    print(f"limen: {time.strftime('%H:%M:%S')} building the virtual box: {what}", file=sys.stderr, flush=True)
