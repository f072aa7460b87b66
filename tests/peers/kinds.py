"""Receivers that nobody here wrote, each with the command that runs it headless and the lines it prints."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Final

from tests.peers.process import Printer
from tests.peers.receiver import Heard, Receiver
from tests.peers.wire import Arg

SCRIPTS: Final = Path(__file__).parent / "scripts"
NODE_MODULES: Final = Path(__file__).parent / "node_modules"

# As root, sclang aborts in its web engine without the second variable; it wants a display without the first.
SCLANG_ENVIRONMENT: Final = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}


def _types_of(args: list[Arg]) -> str:
    return "".join("s" if isinstance(arg, str) else "f" if isinstance(arg, float) else "i" for arg in args)


class OscDump(Receiver):
    """liblo's oscdump: a time, the address, the types, the arguments, strings in quotes."""

    name = "oscdump"
    tools = ("oscdump",)
    _line = re.compile(r"\S+ (/\S+) ([ifs]*)(?: (.*))?")
    _arg = re.compile(r'"([^"]*)"|(\S+)')

    def program(self) -> Printer:
        return Printer(["oscdump", "-L", str(self.port)], self.folder)

    def decode(self, line: str) -> Heard | None:
        found = self._line.fullmatch(line)
        if found is None:
            return None
        address, types, rest = found.groups()
        texts = [quoted or bare for quoted, bare in self._arg.findall(rest or "")]
        made = {"i": int, "f": float, "s": str}
        return Heard(address, types, tuple(made[kind](text) for kind, text in zip(types, texts, strict=True)))


class PureData(Receiver):
    """Pd: one flat list of address parts and arguments, all numbers floats of six digits."""

    name = "pd"
    tools = ("pd",)
    _atom = re.compile(r"(?:\\.|[^ \\])+")

    def program(self) -> Printer:
        patch = str(SCRIPTS / "print.pd")
        command = ["pd", "-nogui", "-noaudio", "-nrt", "-stderr", "-open", patch]
        return Printer([*command, "-send", f"limen-port {self.port}"], self.folder)

    def decode(self, line: str) -> Heard | None:
        if not line.startswith("OSC: list "):
            return None
        atoms = [re.sub(r"\\(.)", r"\1", atom) for atom in self._atom.findall(line.removeprefix("OSC: list "))]
        # Where the address ends, only who knows the addresses can tell.
        for message in self.expecting:
            parts = message.address.split("/")[1:]
            if atoms[: len(parts)] == parts and len(atoms) == len(parts) + len(message.args):
                rest = zip(message.types, atoms[len(parts) :], strict=True)
                return Heard(
                    message.address, "", tuple(text if kind == "s" else float(text) for kind, text in rest)
                )
        return Heard("/" + "/".join(atoms), "", ())


class SuperCollider(Receiver):
    """sclang: prints JSON; integers and floats stay apart."""

    name = "sclang"
    tools = ("sclang",)
    digits = 8

    def program(self) -> Printer:
        home = tempfile.mkdtemp(dir=self.folder)
        environment = {**SCLANG_ENVIRONMENT, "HOME": home, "LIMEN_PORT": str(self.port)}
        return Printer(["sclang", "-D", str(SCRIPTS / "print.scd")], self.folder, environment)

    def decode(self, line: str) -> Heard | None:
        if not line.startswith("OSC ["):
            return None
        address, *args = json.loads(line.removeprefix("OSC "))
        return Heard(address, _types_of(args), tuple(args))


class Csound(Receiver):
    """Csound: every address and its types are named beforehand, so another type is never heard."""

    name = "csound"
    tools = ("csound",)
    ordered = False
    digits = 8
    _head = "<CsoundSynthesizer>\n<CsInstruments>\nsr = 44100\nksmps = 64\nnchnls = 1\n0dbfs = 1\n"
    _tail = "endin\n</CsInstruments>\n<CsScore>\ni 1 0 3600\n</CsScore>\n</CsoundSynthesizer>\n"

    def program(self) -> Printer:
        score = self.folder / "print.csd"
        forms = dict.fromkeys((message.address, message.types) for message in self.expecting)
        listeners = "".join(self._listener(n, *form) for n, form in enumerate(forms))
        score.write_text(f"{self._head}gi_port OSCinit {self.port}\ninstr 1\nkn init 0\n{listeners}{self._tail}")
        return Printer(["csound", "-odac", "-+rtaudio=null", "-d", "-m0", str(score)], self.folder)

    def _listener(self, n: int, address: str, types: str) -> str:
        names = [f"{'S' if kind == 's' else 'k'}v{n}_{place}" for place, kind in enumerate(types)]
        init = "".join(name + (' init ""\n' if name.startswith("S") else " init 0\n") for name in names)
        form = "\\t".join({"i": "%d", "f": "%.9g", "s": "%s"}[kind] for kind in types)
        return (
            f'{init}next{n}:\nkgot OSClisten gi_port, "{address}", "{types}", {", ".join(names)}\n'
            f"if kgot == 0 kgoto done{n}\nkn = kn + 1\n"
            f'printf "OSC\\t{address}\\t{types}\\t{form}\\n", kn, {", ".join(names)}\n'
            f"kgoto next{n}\ndone{n}:\n"
        )

    def decode(self, line: str) -> Heard | None:
        if not line.startswith("OSC\t"):
            return None
        _, address, types, *texts = line.split("\t")
        made = {"i": int, "f": float, "s": str}
        return Heard(address, types, tuple(made[kind](text) for kind, text in zip(types, texts, strict=True)))


class _Npm(Receiver):
    """A receiver from npm; JavaScript has one kind of number, so most of them cannot tell types."""

    tools = ("node",)
    digits = 8

    def program(self) -> Printer:
        script = (SCRIPTS / self.name.removeprefix("npm ")).with_suffix(".js")
        return Printer(["node", str(script), str(self.port)], self.folder)

    def decode(self, line: str) -> Heard | None:
        if not line.startswith("OSC ["):
            return None
        address, *args = json.loads(line.removeprefix("OSC "))
        return Heard(address, "", tuple(args))


class NpmOsc(_Npm):
    """npm `osc`: tells the types too."""

    name = "npm osc"

    def decode(self, line: str) -> Heard | None:
        heard = super().decode(line)
        if heard is None:
            return None
        pairs = [(str(arg[0]), arg[1]) for arg in heard.args if not isinstance(arg, int | float)]
        return Heard(heard.address, "".join(kind for kind, _ in pairs), tuple(value for _, value in pairs))


class NodeOsc(_Npm):
    """npm `node-osc`."""

    name = "npm node-osc"


class OscJs(_Npm):
    """npm `osc-js`."""

    name = "npm osc-js"


KINDS: Final[tuple[type[Receiver], ...]] = (OscDump, PureData, SuperCollider, Csound, NpmOsc, NodeOsc, OscJs)
