"""What can be set about a wristband, down to the readings of its bits that no document settles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from limen.box.config.scheme import key, sections
from limen.box.config.validators import NAME, SWITCH, number, one_of, whole

Start = Literal["auto", "01+time", "02"]
WriteMode = Literal["auto", "with-response", "without-response"]
EdaConversion = Literal["inverse24be", "split12", "raw"]
BvpChannel = Literal["auto", "even", "odd"]
BvpPolarity = Literal["auto", "normal", "inverted"]
BvpSamples = Literal["delta", "level"]
ByteOrder = Literal["auto", "little", "big"]
Recovery = Literal["link", "adapter", "service", "reboot"]

# A log of the maker's own output moves in steps of 1.28056 nS, at levels about 0.5 µS apart; a report of worn and
# open electrodes gives the offset.
_COEFFICIENT: Final = number("µS", -100, 100)


@dataclass(frozen=True, slots=True)
class Eda:
    """How 24 raw bits become µS: uncalibrated until resistors were measured, but monotone."""

    conversion: EdaConversion = key(
        "inverse24be",
        one_of(*get_args(EdaConversion)),
        "1e6 / 24 bits; two halves of 12 bits; or the count itself",
    )
    offset: float = key(1.11, _COEFFICIENT, "split12 only: the reading where both halves are 0")
    high: float = key(-0.00128056, _COEFFICIENT, "split12 only: worth of one step of the high half")
    low: float = key(0.5, _COEFFICIENT, "split12 only: worth of one step of the low half")
    falls: bool = key(True, SWITCH, "raw only: the count falls when conductance rises")
    open: int | None = key(None, whole(0, 2**24 - 1), "the count of open electrodes, read as 0", example="16777215")


@dataclass(frozen=True, slots=True)
class Bvp:
    """How light becomes one signal. `auto` is the likelier reading; `limen capture --decode` compares."""

    channel: BvpChannel = key("auto", one_of(*get_args(BvpChannel)), "which interleaved field is read; auto: even")
    polarity: BvpPolarity = key("auto", one_of(*get_args(BvpPolarity)), "inverted (auto): a beat is a valley")
    samples: BvpSamples = key("delta", one_of(*get_args(BvpSamples)), "fields are differences, or the light itself")


@dataclass(frozen=True, slots=True)
class Temp:
    """How a temperature is read."""

    byte_order: ByteOrder = key("auto", one_of(*get_args(ByteOrder)), "order of the two bytes of a sample")


@dataclass(frozen=True, slots=True)
class Band:
    """How a wristband is found, started, decoded and won back."""

    name: str = key("Empatica", NAME, "a band's name starts so, in capitals or not")
    start: Start = key("auto", one_of(*get_args(Start)), "the start command; auto tries 01+time, then 02")
    write: WriteMode = key("auto", one_of(*get_args(WriteMode)), "how it is written; auto asks the band")
    recover: Recovery = key(
        "service",
        one_of(*get_args(Recovery)),
        "the last resort for a lost band: each word includes those before it",
    )
    asleep_s: float = key(
        15.0, number("s", 5, 3600), "after so long unseen the light asks to press its button", name="asleep"
    )
    eda: Eda = sections(Eda, "skin conductance: what the raw bits mean")
    bvp: Bvp = sections(Bvp, "pulse: what the raw bits mean")
    temp: Temp = sections(Temp, "skin temperature: what the raw bits mean")
