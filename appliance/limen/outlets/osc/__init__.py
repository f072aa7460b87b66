"""OSC over UDP: plain messages of types i, f and s to everyone who listens, and a control input."""

from limen.outlets.osc.control import Controls
from limen.outlets.osc.outlet import OscOutlet
from limen.outlets.osc.service import Osc, open_osc
from limen.outlets.osc.settings import Delivery, OscSettings, Rate, Target

__all__ = ["Controls", "Delivery", "Osc", "OscOutlet", "OscSettings", "Rate", "Target", "open_osc"]
