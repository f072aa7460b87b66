from math import pi, sqrt, tan

import pytest

from limen.gates.filters import HIGH_0_1_HZ, HIGH_0_5_HZ, LOW_0_5_HZ, LOW_8_HZ
from limen.streams import STREAMS, Stream

RATE = STREAMS[Stream.BVP].rate_hz


@pytest.mark.parametrize(
    ("biquad", "hz", "low"),
    [
        (LOW_8_HZ, 8, True),
        (LOW_0_5_HZ, 0.5, True),
        (HIGH_0_5_HZ, 0.5, False),
        (HIGH_0_1_HZ, 0.1, False),
    ],
)
def test_coefficients_are_those_of_a_butterworth_of_that_corner(biquad, hz, low):
    k = tan(pi * hz / RATE)  # bilinear transform, second order
    scale = 1 + sqrt(2) * k + k * k
    designed = (2 * (k * k - 1) / scale, (1 - sqrt(2) * k + k * k) / scale, (k * k if low else 1) / scale)
    assert (biquad.a1, biquad.a2, biquad.b0) == pytest.approx(designed, rel=1e-12)


@pytest.mark.parametrize("biquad", [LOW_8_HZ, LOW_0_5_HZ, HIGH_0_5_HZ, HIGH_0_1_HZ])
def test_every_filter_forgets(biquad):
    assert abs(biquad.a2) < 1
    assert abs(biquad.a1) < 1 + biquad.a2
