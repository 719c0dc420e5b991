"""What a log carries, read word by word where it is laid out as compilers lay it out.

A library for any ABI takes most of the time in which a log is read. Nearly all logs are laid out in the one plain way:
values in their range, what is of no fixed length behind the rest, in order, its padding zero, and nothing after it.
Those are read here; of any other the reader says nothing, and the library judges.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from eth_utils.address import to_checksum_address

#: What is read in a word, in bytes.
WORD = 32
#: Addresses whose checksum is remembered.
_REMEMBERED = 16_384

#: The values of some bytes, as the events have them; None where they are not laid out plainly.
Reader = Callable[[bytes], tuple[Any, ...] | None]


@lru_cache(maxsize=_REMEMBERED)
def checksummed(address: str) -> str:
    """An address with EIP-55's checksum."""
    return str(to_checksum_address(address))


def reader_of(types: Sequence[str]) -> Reader | None:
    """Reads values of these types one after the other; None where one of the types is not read here."""
    bits: list[int] = []
    for kind in types:
        if kind.startswith("uint") and kind[4:].isdecimal():
            bits.append(int(kind[4:]))
        elif kind in _SPECIAL:
            bits.append(0)
        else:
            return None
    plan = list(zip(types, bits, strict=True))
    head = WORD * len(plan)

    def read(data: bytes) -> tuple[Any, ...] | None:
        size, tail = len(data), head
        if size < head:
            return None
        values: list[Any] = []
        for at, (kind, width) in zip(range(0, head, WORD), plan, strict=True):
            number = int.from_bytes(data[at : at + WORD], "big")
            if width:
                if number >> width:
                    return None
                values.append(number)
            elif kind == "bytes":
                begin = tail + WORD
                if number != tail or size < begin:
                    return None
                length = int.from_bytes(data[tail:begin], "big")
                tail = begin + -(-length // WORD) * WORD
                if size < tail or any(data[begin + length : tail]):
                    return None
                values.append(data[begin : begin + length])
            elif kind == "address":
                if number >> 160:
                    return None
                values.append(checksummed("0x" + data[at + 12 : at + WORD].hex()))
            elif kind == "bool":
                if number > 1:
                    return None
                values.append(number == 1)
            else:
                values.append("0x" + data[at : at + WORD].hex())
        return tuple(values) if size == tail else None

    return read


_SPECIAL = frozenset({"address", "bool", "bytes", "bytes32"})
