"""From the configuration's words to the outlets' settings."""

from __future__ import annotations

from collections.abc import Sequence

from limen.box.config import Config
from limen.outlets.osc import Delivery, OscSettings, Rate, Target
from limen.outlets.player import Timing, default_delays

HERE = Target("127.0.0.1")


def osc_settings(
    config: Config, to: Sequence[Target] = (), *, broadcast: str | None = None, here: bool = True
) -> OscSettings:
    """The OSC outlet's settings; `to` replaces the configured targets.

    With neither, this machine is sent to if `here`. `broadcast` is the own subnet's address.
    """
    osc = config.osc
    configured = tuple(Target(target.host, target.port, Rate(target.rate)) for target in osc.targets)
    nobody_named = (Target(HERE.host, osc.port),) if here else ()
    return OscSettings(
        prefix=osc.prefix,
        port=osc.port,
        control_port=osc.control_port,
        targets=tuple(to) or configured or nobody_named,
        delivery=Delivery(osc.delivery),
        broadcast=broadcast,
        why=osc.why,
        keep_awake=osc.keep_awake,
        station_rate=Rate(osc.station_rate),
    )


def timing(config: Config) -> Timing:
    """When edges leave."""
    return Timing(default_delays(config.timing.allowance_s), config.timing.steady)
