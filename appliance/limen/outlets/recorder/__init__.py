"""The recorder: what is played, kept as an E4 export that every tool for those can read.

`text` makes the lines and is pure, `timeline` counts, `take` writes in a thread of its own, `card` is the only
module that touches files, `recorder` is what the box talks to.
"""

from limen.outlets.recorder.card import is_being_written
from limen.outlets.recorder.recorder import Recorder, RecorderSettings, RecorderStatus
from limen.outlets.recorder.take import Cause, cause_of

__all__ = ["Cause", "Recorder", "RecorderSettings", "RecorderStatus", "cause_of", "is_being_written"]
