"""Whose band is whose: a wearer keeps a band by its address, whatever its name and whenever it comes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from limen.errors import BandError
from limen.inlets.band.profile import NAME_PREFIX

# A band that is nobody's takes the place of one that stays away, but not before that had a fair chance; a band
# can be reached for some 40 s after its button was pressed.
STRANGER_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wearer whose samples come from a band: this `address`, or a name that begins with `name`, or any band."""

    wearer: int
    address: str | None = None
    name: str | None = None


class Roster:
    """Who has which band. `assigned` is what was so before, wearer by address, kept by whoever restarts."""

    def __init__(
        self, wanted: Sequence[Wanted], prefix: str = NAME_PREFIX, assigned: Mapping[str, int] | None = None
    ) -> None:
        numbers = [each.wearer for each in wanted]
        if len(set(numbers)) != len(numbers):
            raise BandError(f"wearers {numbers}: one number twice; give each its own")
        self._prefix = prefix
        self._free = {each.wearer: each for each in wanted if each.address is None}
        self._pinned = {each.address.upper(): each.wearer for each in wanted if each.address is not None}
        self._bands: dict[int, str] = {}
        for address, wearer in (assigned or {}).items():
            if wearer in self._free and address.upper() not in self._pinned:
                self._bands[wearer] = address.upper()
        self._strangers: dict[str, float] = {}

    @property
    def assigned(self) -> dict[str, int]:
        """Wearer by address, of those that may change; what to hand in again after a restart."""
        return {address: wearer for wearer, address in self._bands.items()}

    def wearer_of(self, address: str, name: str | None, missing: Collection[int], now: float) -> int | None:
        """Tell whose band this is, None if nobody's; `missing` are the wearers who wait for one."""
        address = address.upper()
        if address in self._pinned:
            return self._pinned[address]
        for wearer, band in self._bands.items():
            if band == address:
                return wearer
        fitting = [wearer for wearer, wanted in self._free.items() if self._fits(wanted, name)]
        for wearer in fitting:
            if wearer not in self._bands:
                self._bands[wearer] = address
                return wearer
        left = [wearer for wearer in fitting if wearer in missing]
        if not left or now - self._strangers.setdefault(address, now) < STRANGER_S:
            return None
        del self._strangers[address]
        self._bands[left[0]] = address
        return left[0]

    def forget_strangers(self) -> None:
        """Nobody is missing: whoever was about is not waiting for a place."""
        self._strangers.clear()

    def _fits(self, wanted: Wanted, name: str | None) -> bool:
        return name is not None and name.lower().startswith((wanted.name or self._prefix).lower())
