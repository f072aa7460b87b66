"""Coverage-guided fuzzing of what takes bytes from a band or from a capture file.

    python -m tests.fuzz.band -len_control=0 -max_total_time=300 CORPUS-FOLDER

Needs atheris (the extra `fuzz`), which has wheels for some Pythons only. An empty corpus folder is first given
some sessions to start from. An input is a list of happenings: what, how much later, how many bytes, the bytes.
Whatever they are, streams must go on without an untold gap and values must stay in range.
"""

import contextlib
import io
import math
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["limen"]):
    from limen.errors import SessionError
    from limen.gates.records import Samples
    from limen.inlets.band.assemble import Assembler
    from limen.inlets.band.capture import FIRST_LINE, CaptureWriter, Link, read_capture
    from limen.inlets.band.codec import Notification
    from limen.inlets.band.decode import findings
    from limen.inlets.band.profile import Characteristic
    from limen.streams import STREAMS, Stream

from tests.band_air import Air

NAMES = list(Characteristic)
STEP_S = 0.002  # squared steps: from 2 ms to two minutes


def happenings(data: bytes) -> list[Notification | Link]:
    lines: list[Notification | Link] = []
    now, at = 1000.0, 0
    while at + 3 <= len(data):
        what, later, size = data[at : at + 3]
        now += later * later * STEP_S
        kind = what % (len(NAMES) + 1)
        length = 20 if size < 128 else size - 128
        body = data[at + 3 : at + 3 + length]
        lines.append(Notification(now, NAMES[kind], body) if kind < len(NAMES) else Link(now, up=size < 128))
        at += 3 + length
    return lines


def keep_promises(lines: list[Notification | Link]) -> None:
    assembler = Assembler(1)
    reached = dict.fromkeys(Stream, 0)
    for line in lines:
        events = assembler.receive(line) if isinstance(line, Notification) else assembler.reconnected(line.at)
        for event in events:
            if not isinstance(event, Samples):
                continue
            assert event.lost >= 0
            assert event.first - event.lost == reached[event.stream]
            reached[event.stream] = event.first + len(event.values)
            spec = STREAMS[event.stream]
            for value in event.values:
                for axis in value if isinstance(value, tuple) else (value,):
                    assert math.isfinite(axis)
                    assert spec.lowest <= axis <= spec.highest


def read_back(lines: list[Notification | Link], data: bytes) -> None:
    text = io.StringIO()
    writer = CaptureWriter(text)
    for line in lines:
        writer.write(line)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture"
        path.write_text(text.getvalue(), encoding="utf-8", newline="\n")
        assert list(read_capture(path)) == lines
        path.write_bytes(FIRST_LINE.encode() + b"\n" + data)
        junk = list(read_capture(path))
        findings(junk)
        path.write_bytes(data)
        with contextlib.suppress(SessionError):
            list(read_capture(path))


def fuzz(data: bytes) -> None:
    lines = happenings(data)
    keep_promises(lines)
    findings(lines)
    read_back(lines, data)


def sow(folder: Path) -> None:
    """Put sessions with and without counters and losses where there is nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    for k, air in enumerate((Air(), Air(counters=False), Air(lost=lambda stream, packet: packet % 5 == 3))):
        seed, last = b"", 1000.0
        for notification in air.notifications(30):
            later = int(math.sqrt(max(0.0, notification.at - last) / STEP_S))
            last += later * later * STEP_S
            seed += bytes([NAMES.index(notification.characteristic), later, 0]) + notification.data
        (folder / f"session-{k}").write_bytes(seed)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if not argument.startswith("-") and not Path(argument).is_file():
            sow(Path(argument))
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
