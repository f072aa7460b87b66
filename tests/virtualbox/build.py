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
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.virtualbox import cache, recipe, sources
from tests.virtualbox.recipe import Variant

HERE: Final = Path(__file__).parent
TREE: Final = HERE.parents[1]
_KERNEL_MOVED: Final = "gpio-sim is for another kernel"  # said by image/customize.sh


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
        """Its initramfs: not Debian's own, see image/initrd.sh."""
        return self.folder / "initrd.img"

    @property
    def wheels(self) -> Path:
        """The folder of wheels for the guest's Python; in the image they are at /opt/wheels."""
        return self.folder / "wheels"

    @property
    def ssh_key(self) -> Path:
        """The private key that the image lets in as root."""
        return self.folder / "key"


def image(variant: Variant = Variant.FULL) -> Image:
    """The image of `variant`, built if it is not in the cache. Needs root then. Raises BuildError."""

    def get() -> Image:
        return Image(cache.get(f"image-{variant}", image_key(variant), lambda out: _build_image(out, variant)))

    try:
        return get()
    except BuildError as error:
        if _KERNEL_MOVED not in str(error):
            raise
        # Debian has a newer kernel than the one the cached gpio-sim was built for.
        cache.drop("module", _module_key())
        return get()


def image_key(variant: Variant) -> str:
    """The key of all that goes into the image of `variant`."""
    packages = _packages(variant)
    return cache.key(
        [
            _module_key(),
            _wheels_key(),
            *(HERE / "image" / name for name in ("essential.sh", "customize.sh", "initrd.sh")),
            *packages,
            str(recipe.DISK_MB),
        ]
    )


def _packages(variant: Variant) -> tuple[str, ...]:
    return recipe.BASE_PACKAGES + (recipe.BOX_PACKAGES if variant is Variant.FULL else ())


def _requirements() -> list[str]:
    project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
    return [str(requirement).replace(" ", "") for requirement in project["dependencies"]]


def _module_key() -> str:
    wanted = (recipe.SUITE, recipe.LGPIO, *recipe.BUILDER_PACKAGES)
    return cache.key([Path(__file__), HERE / "image" / "extras.sh", *wanted])


def _wheels_key() -> str:
    wanted = (recipe.GUEST_PYTHON, *_requirements(), *recipe.VENUE_WHEELS)
    return cache.key([Path(__file__), TREE / "constraints.txt", *wanted])


def _build_module(out: Path) -> None:
    _say("gpio-sim and lgpio from source")
    _pip(out, "download", "--dest", str(out / "source"), "--no-deps", "--no-binary=:all:", recipe.LGPIO)
    (source,) = (out / "source").glob("lgpio-*.tar.gz")
    hooks = [f'--customize-hook={HERE / "image" / "extras.sh"} "$1"']
    _mmdebstrap(out, recipe.BUILDER_PACKAGES, "apt", hooks, {"OUT": str(out), "LGPIO": str(source)})


def _build_wheels(out: Path) -> None:
    _say("wheels for the box's Python")
    pinned = ["--constraint", str(TREE / "constraints.txt"), *_for_guest()]
    _pip(out, "download", "--dest", str(out / "wheels"), *pinned, "setuptools", *_requirements())
    _pip(out, "install", "--no-compile", "--target", str(out / "venue-lib"), *pinned, *recipe.VENUE_WHEELS)


def _build_image(out: Path, variant: Variant) -> None:
    module = cache.get("module", _module_key(), _build_module)
    wheels = cache.get("wheels", _wheels_key(), _build_wheels)
    for built in (*(wheels / "wheels").iterdir(), *(module / "wheels").iterdir()):
        (out / "wheels").mkdir(exist_ok=True)
        shutil.copyfile(built, out / "wheels" / built.name)
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "limen-box", "-f", str(out / "key")], out)
    # Readable by every user of this machine who shares the cache; it opens nothing but this image.
    (out / "key").chmod(0o644)
    _say(f"image of a {variant} Debian")
    environment = {
        "KEY": str(out / "key.pub"),
        "EXTRAS": str(module),
        "WHEELS": str(out / "wheels"),
        "VENUE_LIB": str(wheels / "venue-lib"),
        "VARIANT": str(variant),
        "REQUIREMENTS": " ".join([*_requirements(), recipe.LGPIO]),
    }
    hooks = [
        f'--essential-hook={HERE / "image" / "essential.sh"} "$1"',
        f'--customize-hook={HERE / "image" / "customize.sh"} "$1"',
    ]
    tree = out / "tree"
    try:
        _mmdebstrap(out, _packages(variant), "minbase", hooks, environment, tree)
        (kernel,) = (tree / "boot").glob("vmlinuz-*")
        shutil.copyfile(kernel, out / "vmlinuz")
        _run(["sh", str(HERE / "image" / "initrd.sh"), str(tree), str(out / "initrd.img")], out)
        size = f"{recipe.DISK_MB}M"
        _run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(tree), str(out / "root.img"), size], out)
    finally:
        _run(["rm", "-rf", "--one-file-system", str(tree)], out)


def _pip(out: Path, *arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", *arguments], out)


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
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=os.environ | (env or {})
        )
        try:
            status = process.wait()
        except BaseException:
            # mmdebstrap unmounts and clears away what it made, given the time.
            process.terminate()
            process.wait()
            raise
    if status:
        tail = " | ".join(log.read_text(errors="replace").strip().splitlines()[-8:])
        raise BuildError(f"{Path(command[0]).name} failed while making {out.name.split('-')[1]}: {tail}")


def _say(what: str) -> None:
    print(f"limen: {time.strftime('%H:%M:%S')} building the virtual box: {what}", file=sys.stderr, flush=True)
