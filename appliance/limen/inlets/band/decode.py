"""What a capture settles of the open questions about the band: the answer, if there is one, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.inlets.band.capture import ADVERTISEMENT, DEVICE, GATT, MTU, START, Line, Marks, read_capture
from limen.inlets.band.evidence import Evidence, Shape, Span
from limen.inlets.band.optical import LightForm
from limen.inlets.band.profile import (
    ATT_MTU,
    CHARACTERISTICS,
    NAME_PREFIX,
    PACKET_BYTES,
    STREAM_OF,
    Characteristic,
)
from limen.inlets.band.settings import BandSettings
from limen.streams import STREAMS, Stream

# Root mean square frequency of band-passed fields over the beat rate, minute by minute on two exported
# sessions: 1.14 to 1.73 (nine in ten below 1.55) where fields were levels, 1.57 to 2.87 for differences.
LEVEL_BELOW: Final = 1.55
DELTA_ABOVE: Final = 1.65
MODEL: Final = "E4"
SHAPE_SAMPLES: Final = 60 * STREAMS[Stream.BVP].rate_hz


@dataclass(frozen=True, slots=True)
class Finding:
    """One question: `answer` is None where the capture does not settle it; `evidence` says why either way."""

    question: str
    answer: str | None
    evidence: str


def decode_capture(path: Path, settings: BandSettings | None = None) -> tuple[Finding, ...]:
    """Judge a capture file. Raises SessionError as `read_capture` does."""
    return findings(read_capture(path), settings)


def findings(lines: Iterable[Line], settings: BandSettings | None = None) -> tuple[Finding, ...]:
    """Judge a capture's lines, in the order in which a person would ask."""
    seen = Evidence(lines, settings or BandSettings())
    return (
        _name(seen),
        _device(seen),
        _gatt(seen),
        _mtu(seen),
        _start(seen),
        _lengths(seen),
        *(_counter(seen, stream) for stream in Stream),
        *(_rate(seen, stream) for stream in (Stream.BVP, Stream.ACC)),
        _first_packet(seen),
        _light_form(seen),
        _light(seen),
        _temp(seen),
        _eda(seen),
        _button(seen),
        _battery(seen),
        _after_loss(seen),
    )


def _head(seen: Evidence, key: str, name: str) -> str | None:
    value = seen.heads.get(key)
    found = value.get(name) if isinstance(value, dict) else None
    return str(found) if found not in (None, "") else None


def _name(seen: Evidence) -> Finding:
    question = "What follows the advertised name's prefix?"
    name = _head(seen, ADVERTISEMENT, "name")
    if name is None:
        return Finding(question, None, "no advertised name in the capture")
    suffix = name[len(NAME_PREFIX) :].strip().removeprefix(MODEL).strip() or "nothing"
    serial = _head(seen, DEVICE, "serial")
    return Finding(question, suffix, f"advertised {name!r}; serial {serial or 'not read'}")


def _device(seen: Evidence) -> Finding:
    question = "Which Device Information strings are there?"
    value = seen.heads.get(DEVICE)
    if not isinstance(value, dict) or not value:
        return Finding(question, None, "none in the capture")
    return Finding(question, ", ".join(sorted(value)), "; ".join(f"{k} {v!r}" for k, v in sorted(value.items())))


def _gatt(seen: Evidence) -> Finding:
    question = "Which characteristics are there beyond those in use, and how is the command written?"
    table = seen.heads.get(GATT)
    if not isinstance(table, list) or not table:
        return Finding(question, None, "no GATT table in the capture")
    rows = [row for row in table if isinstance(row, dict)]
    used = {spec.uuid for spec in CHARACTERISTICS.values()}
    others = [uuid for uuid in (str(row.get("characteristic")) for row in rows) if uuid not in used]
    command = CHARACTERISTICS[Characteristic.COMMAND].uuid
    modes = [row.get("properties") for row in rows if row.get("characteristic") == command]
    answer = f"{len(others)} others; command {modes[0] if modes else 'absent'}"
    return Finding(question, answer, "others: " + (", ".join(others) or "none"))


def _mtu(seen: Evidence) -> Finding:
    question = f"Is the ATT MTU {ATT_MTU}?"
    mtu = seen.heads.get(MTU)
    if not isinstance(mtu, int):
        return Finding(question, None, "no MTU in the capture")
    return Finding(question, "yes" if mtu == ATT_MTU else f"no, {mtu}", f"negotiated {mtu}")


def _start(seen: Evidence) -> Finding:
    question = "Which start command worked?"
    value = seen.heads.get(START)
    if not isinstance(value, dict) or not value.get("worked"):
        return Finding(question, None, "no start in the capture that was followed by samples")
    mode = "with" if value.get("response") else "without"
    return Finding(question, f"{value.get('command')}, written {mode} response", f"bytes {value.get('hex')}")


def _lengths(seen: Evidence) -> Finding:
    question = f"Is every sensor notification {PACKET_BYTES} bytes?"
    sensors = {(n, size): k for (n, size), k in seen.lengths.items() if n in STREAM_OF}
    if not sensors:
        return Finding(question, None, "no sensor notification in the capture")
    odd = {key: k for key, k in sensors.items() if key[1] != PACKET_BYTES}
    told = ", ".join(f"{k} × {n} of {size} bytes" for (n, size), k in sorted(sensors.items()))
    return Finding(question, "no" if odd else "yes", told)


def _counter(seen: Evidence, stream: Stream) -> Finding:
    question = f"How does the {stream} packet counter count?"
    track = seen.assembler.track(stream)
    form, tally = track.counter.form, track.tally
    told = f"{tally.packets} packets, {tally.lost_samples} samples lost, {tally.duplicates} doubled"
    return Finding(question, form.name if form else None, told)


def _rate(seen: Evidence, stream: Stream) -> Finding:
    question = f"What is the true rate of {stream}?"
    clock = seen.assembler.track(stream).clock
    if clock.drift_ppm == 0.0:
        return Finding(question, None, "takes a minute of packets")
    rate = STREAMS[stream].rate_hz / (1 + clock.drift_ppm * 1e-6)
    return Finding(
        question, f"{rate:.4f} Hz", f"{clock.drift_ppm:+.1f} ppm per sample against this machine's clock"
    )


def _first_packet(seen: Evidence) -> Finding:
    question = "Is the first BVP packet empty?"
    if seen.first_bvp is None:
        return Finding(question, None, "no BVP packet in the capture")
    # All but the six bits of the counter.
    empty = int.from_bytes(seen.first_bvp, "big") >> 6 == 0
    return Finding(question, "yes" if empty else "no", f"first packet {seen.first_bvp.hex()}")


def _light_form(seen: Evidence) -> Finding:
    question = "Are light fields differences or levels?"
    shape = max(seen.shapes, key=lambda each: each.square)
    ratio = _speed(shape)
    if ratio is None:
        return Finding(question, None, "takes a minute of light that beats")
    answer: str | None = None
    if ratio < LEVEL_BELOW:
        answer = LightForm.LEVEL.value
    elif ratio > DELTA_ABOVE:
        answer = LightForm.DELTA.value
    return Finding(
        question,
        answer,
        f"they move {ratio:.2f} times as fast as the beat; below {LEVEL_BELOW} would be levels, "
        f"above {DELTA_ABOVE} differences (read as {seen.form})",
    )


def _speed(shape: Shape) -> float | None:
    if shape.samples < SHAPE_SAMPLES or shape.crossings == 0 or shape.square == 0.0:
        return None
    # Over the same samples, so the rate cancels out of both frequencies.
    rms = math.sqrt(shape.slope / shape.square) / (2 * math.pi)
    return rms / (shape.crossings / shape.samples)


def _light(seen: Evidence) -> Finding:
    question = "Which light channel carries the pulse, and which way up?"
    suggestion = seen.assembler.optical.suggestion()
    if suggestion is None:
        return Finding(question, None, "takes half a minute of light")
    ratio, skew = suggestion.swing_ratio, suggestion.slope_skew
    told = f"it swings {ratio:.1f} times as much; skewness of its slopes {skew:+.2f}"
    if suggestion.polarity is None:
        return Finding(question, None, f"channel {suggestion.channel}: {told}, too even to tell which way up")
    return Finding(question, f"channel {suggestion.channel}, polarity {suggestion.polarity:+d}", told)


def _temp(seen: Evidence) -> Finding:
    question = "Which byte order has TEMP?"
    order = seen.assembler.temp_order
    if not order.decided:
        return Finding(question, None, "no three packets that make skin temperatures in one order only")
    return Finding(question, order.order.value, "the other order makes temperatures that no band can measure")


def _eda(seen: Evidence) -> Finding:
    question = "Do raw EDA counts fall as conductance rises?"
    rising = [_contact(seen.spans), _resistors(seen.spans)]
    told = [each for each in rising if each is not None]
    if told:
        answers = {falls for falls, _ in told}
        answer = None if len(answers) > 1 else ("yes" if answers.pop() else "no")
        return Finding(question, answer, "; ".join(why for _, why in told))
    upside_down = seen.assembler.eda_upside_down
    if upside_down is None:
        return Finding(question, None, "no marks of worn and off, no resistors, and no quiet end of the range")
    falls = seen.settings.eda.falls is not upside_down
    return Finding(question, "yes" if falls else "no", "one end of the range is quiet, as open electrodes are")


def _contact(spans: list[Span]) -> tuple[bool, str] | None:
    worn, off = (_mean([s for s in spans if s.label == label]) for label in (Marks.WORN, Marks.OFF))
    if worn is None or off is None:
        return None
    return worn < off, f"mean count {worn:.0f} worn, {off:.0f} off"


def _resistors(spans: list[Span]) -> tuple[bool, str] | None:
    ladder = sorted((span.ohms, span.mean) for span in spans if span.ohms is not None and span.counts)
    if len(ladder) < 2:
        return None
    told = ", ".join(f"{ohms:.0f} Ω {mean:.0f}" for ohms, mean in ladder)
    # More ohms are less conductance.
    return ladder[-1][1] > ladder[0][1], f"mean counts {told}"


def _mean(spans: list[Span]) -> float | None:
    counts = sum(span.counts for span in spans)
    return sum(span.total for span in spans) / counts if counts else None


def _button(seen: Evidence) -> Finding:
    question = "Which codes does the button service send?"
    told = {data: k for (name, data), k in seen.payloads.items() if name is Characteristic.BUTTON}
    if not told:
        return Finding(question, None, "no notification of it in the capture")
    codes = ", ".join(f"0x{code:02x}" for code in sorted({data[0] for data in told if data}))
    return Finding(question, codes, "; ".join(f"{k} × {data.hex()}" for data, k in told.items()))


def _battery(seen: Evidence) -> Finding:
    question = "What form has the battery's payload?"
    told = {data: k for (name, data), k in seen.payloads.items() if name is Characteristic.BATTERY}
    if not told:
        return Finding(question, None, "no notification of it in the capture")
    percent = all(len(data) == 1 and data[0] <= 100 for data in told)
    sizes = "/".join(str(size) for size in sorted({len(data) for data in told}))
    answer = "one byte of percent" if percent else f"{sizes} bytes of something else"
    return Finding(question, answer, "; ".join(f"{k} × {data.hex()}" for data, k in told.items()))


def _after_loss(seen: Evidence) -> Finding:
    question = "Does the band come back by itself after the link was lost?"
    walked = [mark.at for mark in seen.marks if mark.text == Marks.WALK_AWAY]
    lost = [link.at for link in seen.links if not link.up and walked and link.at >= walked[0]]
    if not lost:
        return Finding(question, None, "the link was not lost after a walk away")
    back = [link.at for link in seen.links if link.up and link.at > lost[0]]
    if not back:
        return Finding(question, "no", "the link was lost and did not come up again in the capture")
    return Finding(question, "yes", f"up again {back[0] - lost[0]:.0f} s after it was lost")
