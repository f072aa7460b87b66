"""The benchmarks. Each module has `run() -> list[Result]`; only ratios within one run are compared with goals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One line: what was measured, the figure in `unit`, its goal if it has one (at most, unless `at_least`)."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached; true where there is none."""
        return self.goal is None or (self.value >= self.goal if self.at_least else self.value <= self.goal)


def report(title: str, results: Iterable[Result]) -> None:
    """Print the lines of one module."""
    print(f"\n{title}")
    for result in results:
        sign = "≥" if result.at_least else "≤"
        goal = "" if result.goal is None else f"{'met' if result.met else 'MISSED'}: {sign} {result.goal:g}"
        print(f"  {result.name:<52} {result.value:>10.3g} {result.unit:<8} {goal:<14} {result.note}")
