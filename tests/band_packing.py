"""The codec backwards, for tests: counts to the bytes a band would send; written apart from the codec."""

from collections.abc import Sequence

Counts = tuple[int, int, int]


def pack_bvp(fields: Sequence[int], counter: int) -> bytes:
    """22 counts from -64 to 63, and a counter of six bits."""
    bits = "".join(format(field % 128, "07b") for field in fields) + format(counter % 64, "06b")
    return bytes(int(bits[k : k + 8], 2) for k in range(0, 160, 8))


def pack_acc(triples: Sequence[Counts], trailer: bytes) -> bytes:
    """Six triples of counts from -128 to 127."""
    return b"".join(axis.to_bytes(1, "big", signed=True) for triple in triples for axis in triple) + trailer


def pack_eda(groups: Sequence[int], trailer: bytes) -> bytes:
    """Six counts of 24 bits."""
    return b"".join(group.to_bytes(3, "big") for group in groups) + trailer


def pack_temp(counts: Sequence[int], trailer: bytes, *, big: bool = False) -> bytes:
    """Eight counts of 0.02 K."""
    return b"".join(count.to_bytes(2, "big" if big else "little") for count in counts) + trailer
