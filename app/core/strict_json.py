"""JSON from outside, within bounds and without ambiguity (RFC 8259, RFC 7493).

Python's parser calls itself for each bracket that opens, so that a body of brackets can exhaust the stack and, under a
high recursion limit, end the process. Depth is therefore counted in the raw bytes first, without recursion. What two
readers may understand differently is refused: members that occur twice, NaN and infinities, text that is not Unicode.
"""

import json
import re
from typing import Any

import numpy as np

from earnest.core.errors import JsonInvalid

#: Deepest nesting that is read; the deepest request of the service's own has eight levels.
MAX_DEPTH = 64

_QUOTE = 2
_STEPS = bytes(1 if byte in b"[{" else 255 if byte in b"]}" else _QUOTE if byte in b'"' else 0 for byte in range(256))
_NEITHER = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_CHUNK = 65_536
#: How often the innermost brackets are taken away before each one is counted.
_GLANCES = 8
# half of a surrogate pair can only come from an escape: UTF-8 has none
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN = 60


def require_shallow(body: bytes, most: int = MAX_DEPTH) -> None:
    """Refuse JSON whose arrays and objects are nested too deep; O(bytes) time, no recursion.

    Brackets in strings do not count. For what is no JSON the count is at least the depth that a parser reaches before
    it notices.

    Args:
        body: the raw bytes.
        most: deepest nesting that is taken.

    Raises:
        JsonInvalid: deeper.
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return
    # a quote ends a string unless it is escaped; outside strings no JSON has a backslash
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    if _is_flat(unescaped, most):
        return
    plain = unescaped.translate(_STEPS, _NEITHER)
    depth, quotes = 0, 0
    for start in range(0, len(plain), _CHUNK):
        steps = np.frombuffer(plain, np.int8, count=min(_CHUNK, len(plain) - start), offset=start)
        counted = quotes + np.cumsum(steps == _QUOTE, dtype=np.int64)
        # a closing quote leaves an even count, and is itself no step
        depths = depth + np.cumsum(np.where((counted % 2 == 1) | (steps == _QUOTE), 0, steps), dtype=np.int64)
        if int(depths.max()) > most:
            raise JsonInvalid(f"Arrays and objects are nested deeper than {most} levels, the most that is read.")
        depth, quotes = int(depths[-1]), int(counted[-1])


def _is_flat(unescaped: bytes, most: int) -> bool:
    """Whether nesting is seen at a glance to be no deeper than a few levels, as in most that is sent.

    Each pair of brackets that holds nothing more is taken away, again and again; each time that is a level, or two.
    """
    # every second part lies in a string; long ones are leapt over
    parts = unescaped.split(b'"')
    if len(parts) % 2 == 0:
        return False
    brackets = b"".join(parts[::2]).translate(None, _NO_BRACKETS)
    for _ in range(min(_GLANCES, most // 2)):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise JsonInvalid(f"The member {twice[:_SHOWN]!r} occurs twice in one object: give it once.")
    return found


def _constant(name: str) -> None:
    raise JsonInvalid(f"{name} is no number of JSON: give a finite one.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def parse(body: bytes | str, *, max_bytes: int, max_depth: int | None = MAX_DEPTH) -> Any:
    """The value that a JSON text stands for.

    Args:
        body: the text; bytes are UTF-8.
        max_bytes: largest text that is read.
        max_depth: deepest nesting that is read; None where `require_shallow` has looked at these bytes already.

    Raises:
        JsonInvalid: too large, too deep, no JSON, or JSON that readers understand differently; says which.
    """
    try:
        # a string that holds half of a surrogate pair has no UTF-8 either
        raw = body.encode() if isinstance(body, str) else bytes(body)
        text = body if isinstance(body, str) else raw.decode()
    except UnicodeError:
        raise JsonInvalid("It is not UTF-8, the encoding of JSON.") from None
    if len(raw) > max_bytes:
        raise JsonInvalid(f"It has {len(raw):,} bytes; at most {max_bytes:,} are read.")
    if max_depth is not None:
        require_shallow(raw, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonInvalid(f"It is no JSON: {error.msg} at character {error.pos:,}.") from None
    except JsonInvalid:
        raise
    except ValueError:
        # Python refuses to read longer ones, since that takes time quadratic in the digits
        raise JsonInvalid("A whole number has more digits than are read (4,300).") from None
    if "\\" in text and _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeError:
            raise JsonInvalid("A string holds half of a surrogate pair, which is no character.") from None
    return value
