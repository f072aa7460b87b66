"""What a box can tell about itself: supply, heat, card, memory, radios, clock; and what of it is a fault.

    HealthReader.read() -> Health -> changes(standing, health) -> which faults appeared, which cleared

Reading needs no privileges, waits for nothing, and takes what is missing for not offered: a laptop has no faults.
"""

from limen.box.health.history import History
from limen.box.health.loop import LoopWatch
from limen.box.health.machine import FileSystem, Machine
from limen.box.health.reader import HealthReader, access_point
from limen.box.health.readings import Card, Clock, Health, Heat, Memory, Radio, Supply, described
from limen.box.health.standing import Changes, Standing, changes

__all__ = [
    "Card",
    "Changes",
    "Clock",
    "FileSystem",
    "Health",
    "HealthReader",
    "Heat",
    "History",
    "LoopWatch",
    "Machine",
    "Memory",
    "Radio",
    "Standing",
    "Supply",
    "access_point",
    "changes",
    "described",
]
