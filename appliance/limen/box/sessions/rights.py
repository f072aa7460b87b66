"""What to do about an error of the system, where it may be only the rights that lack."""

from __future__ import annotations

import os


def remedy(error: BaseException, otherwise: str) -> str:
    """Sudo, for who is not root and may not; else what is said."""
    return "say it with sudo" if isinstance(error, PermissionError) and os.geteuid() != 0 else otherwise
