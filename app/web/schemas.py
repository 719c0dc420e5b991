"""What the API's requests and answers share: amounts, hashes, cursors, the way samples are given."""

import base64
import binascii
import json
import re
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from earnest.core.strict_json import parse
from earnest.errors import EarnestError

#: Amounts are uint96 on chain.
MAX_AMOUNT = 2**96 - 1
#: Largest integer that a database column holds.
_MAX_INTEGER = 2**63 - 1
#: Longest text that is encoded, in characters; the longest review of the IMDB archive has 13,704.
MAX_TEXT = 100_000

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,28}")


def parse_amount(value: Any) -> int:
    """An amount of wei from its decimal string; integers that Python passes in are taken as they are."""
    if isinstance(value, int) and not isinstance(value, bool):
        amount = value
    elif isinstance(value, str) and _DECIMAL.fullmatch(value):
        amount = int(value)
    else:
        raise ValueError(
            'an amount is a string of decimal digits, in wei or a token\'s smallest unit, such as "1000000000000000"'
        )
    if not 0 <= amount <= MAX_AMOUNT:
        raise ValueError(f"an amount is from 0 to {MAX_AMOUNT}")
    return amount


Amount = Annotated[
    int,
    BeforeValidator(parse_amount),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^(0|[1-9][0-9]*)$", "examples": ["1000000000000000"]}),
]

#: A whole number where money is at stake: JSON's true, "1" and 1e0 are none.
Whole = Annotated[int, Field(strict=True)]
#: Yes or no, and nothing that is taken for it.
Flag = Annotated[bool, Field(strict=True)]
#: What people call something. Control characters are refused, and those that turn the direction of what follows or take
#: no room: a name that holds them reads as another one.
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+$",
    ),
]

Item = TypeVar("Item")


def example(value: dict[str, Any], **rules: Any) -> ConfigDict:
    """The configuration of a request that shows an example in the API's reference; a test sends each of them.

    Args:
        value: the example.
        rules: further keywords of its schema, such as `oneOf`: what a validator refuses is not valid by it either.
    """
    return ConfigDict(json_schema_extra={"examples": [value], **rules})


def has_strings(*names: str) -> dict[str, Any]:
    """The schema of objects that have all of these members, as strings."""
    return {"required": list(names), "properties": {name: {"type": "string"} for name in names}}


class Schema(BaseModel):
    """Base of requests and answers: unknown members are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class SampleInput(Schema):
    """A text, or the features that the encoder makes of it; exactly one of the two.

    A pool on a table takes a row's numbers as features, in the table's own units and the order of its columns.
    """

    text: Annotated[str | None, Field(max_length=MAX_TEXT, examples=["A wonderful film, moving and funny."])] = None
    features: Annotated[
        list[Whole | Annotated[float, Field(allow_inf_nan=False, strict=True)]] | None,
        Field(max_length=4096, examples=[[1, 4, 20]]),
    ] = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """What the validator below refuses is not valid by the schema either."""
        made = handler(schema)
        handler.resolve_ref_schema(made)["oneOf"] = [
            {"required": [one], "properties": {one: given, other: {"type": "null"}}}
            for one, other, given in (
                ("text", "features", {"type": "string", "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"}),
                ("features", "text", {"type": "array"}),
            )
        ]
        return made

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.text is None) == (self.features is None):
            raise ValueError("give either text or features")
        if self.text is not None and (not self.text or self.text.isspace()):
            raise ValueError("the text is empty")
        if self.text is not None and "\0" in self.text:
            # PostgreSQL stores no such text, and no review has one
            raise ValueError("the text holds a NUL character; remove it")
        return self


class LabelledSample(SampleInput):
    """A sample with the class that its contributor gives it."""

    label: Annotated[Whole, Field(ge=0, le=65_535, examples=[1])]


class Page(Schema, Generic[Item]):
    """Part of a list; `next` goes into the `cursor` of the next request, null at the end."""

    items: list[Item]
    next: str | None = None


class CursorInvalid(EarnestError):
    """A cursor that this API did not make."""

    status = 422
    type = "cursor-invalid"
    title = "Cursor invalid"


def encode_cursor(*position: int | str) -> str:
    """An opaque cursor for a position in a list."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kind: type) -> Any:
    """The single position in a cursor; see `decode_position`."""
    return decode_position(cursor, kind)[0]


def decode_position(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The position in a cursor.

    Args:
        cursor: what `encode_cursor` made.
        kinds: type of each part of the position, int or str.

    Raises:
        CursorInvalid: anything else.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = parse(base64.urlsafe_b64decode(padded.encode()), max_bytes=1_000, max_depth=1)
    except (ValueError, TypeError, binascii.Error):
        raise CursorInvalid("The cursor is not one of this API's; leave it out to start again.") from None
    if not isinstance(position, list) or [type(part) for part in position] != list(kinds) or _impossible(position):
        raise CursorInvalid("The cursor is not one of this list's; leave it out to start again.")
    return tuple(position)


def _impossible(position: list[Any]) -> bool:
    """Whether no database has such a place: an integer beyond its own, a character that PostgreSQL keeps nowhere."""
    return any("\0" in part if isinstance(part, str) else abs(part) > _MAX_INTEGER for part in position)
