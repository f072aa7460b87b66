"""Is this box fit to play? One finding per check, each with what to do about it."""

from limen.box.doctor.checks import CHECKS, Check, examine
from limen.box.doctor.finding import Finding, Verdict
from limen.box.doctor.site import Ran, Site, here, ran

__all__ = ["CHECKS", "Check", "Finding", "Ran", "Site", "Verdict", "examine", "here", "ran"]
