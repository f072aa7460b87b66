"""How much any one sender may ask of the box, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

SENDERS: Final = 64  # remembered at a time; a box's Wi-Fi serves about twenty stations


class Bucket:
    """A token bucket: `rate` a second on average, `burst` at once."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = 0.0

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Whether there is room for this much; what is refused costs nothing."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


class Allowance:
    """What one sender may do: messages that act, answers and errors that are sent back."""

    __slots__ = ("actions", "answers", "errors")

    def __init__(self) -> None:
        self.actions = Bucket(1000.0, 500.0)  # a fader over every gate of three wearers: 33 times 25 Hz
        self.answers = Bucket(250.0, 250.0)
        self.errors = Bucket(5.0, 10.0)  # enough to read


class Allowances:
    """The allowances of the latest senders; who has been silent longest is forgotten first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, Allowance] = OrderedDict()

    def of(self, sender: str) -> Allowance:
        """This sender's."""
        allowance = self._of.get(sender)
        if allowance is None:
            if len(self._of) >= SENDERS:
                self._of.popitem(last=False)
            allowance = self._of[sender] = Allowance()
        self._of.move_to_end(sender)
        return allowance
