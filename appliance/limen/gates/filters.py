"""Second-order filters at 64 Hz, with their coefficients written out.

They are literals, not computed at start, because tan() may differ in its last digit between platforms and the
same samples must give the same bits on x86 and on Arm. A test designs them anew and compares. Numerators are
left at 1, ±2, 1: the constant gain is divided out where a value in units is wanted, and cancels elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Biquad:
    """Butterworth, second order: denominators a1, a2 and the gain b0 that the unit numerator leaves out."""

    a1: float
    a2: float
    b0: float


LOW_8_HZ: Final = Biquad(-0.9428090415820632, 0.3333333333333332, 0.09763107293781749)
HIGH_0_5_HZ: Final = Biquad(-1.9306064272196681, 0.9329347317566122, 0.9658852897440703)
LOW_0_5_HZ: Final = Biquad(-1.9306064272196681, 0.9329347317566122, 0.0005820761342360483)
HIGH_0_1_HZ: Final = Biquad(-1.9861162115408897, 0.9862119291607511, 0.9930820351754104)
