"""From the configuration's words to the settings of inlets and outlets."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from limen.box.config import Config
from limen.box.config.band import Band
from limen.inlets.band.eda import EdaConversion, EdaForm
from limen.inlets.band.ladder import Action
from limen.inlets.band.optical import LightForm, OpticalSettings
from limen.inlets.band.profile import Start
from limen.inlets.band.settings import BandSettings, LinkSettings
from limen.inlets.band.temp import ByteOrder
from limen.outlets.osc import Delivery, OscSettings, Rate, Target
from limen.outlets.player import Timing, default_delays

HERE = Target("127.0.0.1")

_START: Final = MappingProxyType({"auto": None, "01+time": Start.TIME, "02": Start.BARE})
_RESPONSE: Final = MappingProxyType({"auto": None, "with-response": True, "without-response": False})
_LAST_RESORT: Final = MappingProxyType(
    {"link": Action.FORGET, "adapter": Action.POWER_CYCLE, "service": Action.RESTART, "reboot": Action.REBOOT}
)


def osc_settings(config: Config, to: Sequence[Target] = (), *, here: bool = True) -> OscSettings:
    """The OSC outlet's settings; `to` replaces the configured targets.

    `here` is a laptop, which has no subnet of its own: with neither, it is sent to itself, and always by unicast.
    """
    osc = config.osc
    configured = tuple(Target(target.host, target.port, Rate(target.rate)) for target in osc.targets)
    nobody_named = (Target(HERE.host, osc.port),) if here else ()
    return OscSettings(
        prefix=osc.prefix,
        port=osc.port,
        control_port=osc.control_port,
        targets=tuple(to) or configured or nobody_named,
        delivery=Delivery.UNICAST if here else Delivery(osc.delivery),
        why=osc.why,
        keep_awake=osc.keep_awake,
        station_rate=Rate(osc.station_rate),
    )


def timing(config: Config) -> Timing:
    """When edges leave."""
    return Timing(default_delays(config.timing.allowance_s), config.timing.steady)


def band_settings(band: Band) -> BandSettings:
    """The configuration's words as the decoder's settings."""
    eda, bvp = band.eda, band.bvp
    return BandSettings(
        optical=OpticalSettings(
            channel=1 if bvp.channel == "odd" else 0,
            form=LightForm(bvp.samples),
            polarity=1 if bvp.polarity == "normal" else -1,
        ),
        eda=EdaConversion(EdaForm(eda.conversion), eda.falls, eda.open, eda.offset, eda.high, eda.low),
        temp_order=None if band.temp.byte_order == "auto" else ByteOrder(band.temp.byte_order),
    )


def link_settings(band: Band) -> LinkSettings:
    """The configuration's words as the link's settings."""
    return LinkSettings(
        band.name, _START[band.start], _RESPONSE[band.write], _LAST_RESORT[band.recover], band.asleep_s
    )
