"""A quick, repeatable share of tests/fuzz: the same check on mutated and on random packets."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.checks import SEEDS, checker

check = checker()


def mutated(seed: int) -> bytes:
    dice = random.Random(seed)
    data = bytearray(dice.choice(SEEDS))
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(5)
        if kind == 0 and data:
            data[at % len(data)] = dice.choice(b"\x00\x01\x7f\x80\xff,/*?[]{}!-ifshdtTFNIbrm")
        elif kind == 1:
            del data[at : at + dice.randint(1, 8)]
        elif kind == 2:
            data[at:at] = dice.randbytes(dice.randint(1, 8))
        elif kind == 3:
            data[at:at] = dice.choice(SEEDS)
        else:
            data = bytearray(b"#bundle\x00" + bytes(8) + len(data).to_bytes(4, "big") + data)
    return bytes(data)


@pytest.mark.parametrize("block", range(10))
def test_mutated_packets_cannot_hurt(block: int):
    for seed in range(block * 200, block * 200 + 200):
        check(mutated(seed))


@given(st.binary(max_size=200), st.sampled_from((b"", b"/", b"/limen/", b"#bundle\x00", *SEEDS)))
def test_random_packets_cannot_hurt(data: bytes, before: bytes):
    check(before + data)
