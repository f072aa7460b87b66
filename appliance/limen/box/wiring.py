"""From the configuration's words to the outlets' settings."""

from __future__ import annotations

from collections.abc import Sequence

from limen.box.config import Config
from limen.outlets.osc import Delivery, OscSettings, Rate, Target
from limen.outlets.player import Timing, default_delays

HERE = Target("127.0.0.1")


def osc_settings(config: Config, to: Sequence[Target] = (), broadcast: str | None = None) -> OscSettings:
    """The OSC outlet's settings; `to` replaces the configured targets, and with neither this machine is sent to."""
    osc = config.osc
    configured = tuple(Target(target.host, target.port, Rate(target.rate)) for target in osc.targets)
    return OscSettings(
        prefix=osc.prefix,
        port=osc.port,
        control_port=osc.control_port,
        targets=tuple(to) or configured or (HERE if osc.port == HERE.port else Target("127.0.0.1", osc.port),),
        delivery=Delivery(osc.delivery),
        broadcast=broadcast,
        why=osc.why,
        keep_awake=osc.keep_awake,
        station_rate=Rate(osc.station_rate),
    )


def timing(config: Config) -> Timing:
    """When edges leave."""
    return Timing(default_delays(config.timing.allowance_s), config.timing.steady)
