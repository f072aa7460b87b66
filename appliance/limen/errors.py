"""Everything that Limen raises on purpose.

    LimenError
    ├── UsageError           the command line asks for something that cannot be
    ├── ConfigError          a configuration key or value is wrong
    ├── SessionError         a recorded session cannot be read or written
    ├── BandError            a wristband cannot be found, reached or understood
    ├── PanelError           no GPIO, or a pin is taken
    └── OutletError          a destination cannot be opened

A message says what is wrong, where, and what to do about it, in one line: it is printed as it is.
"""

from __future__ import annotations


class LimenError(Exception):
    """The base of all of them; catch this at the edge of a command."""


class UsageError(LimenError, ValueError):
    """The command line asks for something that cannot be."""


class ConfigError(LimenError, ValueError):
    """A configuration key or value is wrong."""


class SessionError(LimenError, ValueError):
    """A recorded session cannot be read or written."""


class BandError(LimenError, ConnectionError):
    """A wristband cannot be found, reached or understood."""


class PanelError(LimenError, OSError):
    """There is no GPIO here, or a pin is taken."""


class OutletError(LimenError, OSError):
    """A destination cannot be opened."""
