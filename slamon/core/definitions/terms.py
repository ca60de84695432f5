"""What terms are written in: durations, percentages, dates, names and zones as people write them, and how each is read.

A value arrives here as it stood in YAML (a quoted scalar is text, a plain number a number) and leaves typed. Each
refusal is a ``ValueError`` of the form ``what is wrong; what to write instead``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from slamon.core.working_time.durations import Duration, parse_duration
from slamon.core.working_time.hours import parse_block, parse_date, parse_weekdays
from slamon.core.working_time.zones import is_zone, similar_zone

IDENTIFIER = r"^[a-z0-9][a-z0-9_-]{0,63}$"
EXAMPLE_DURATION = "30wm, 4wh, 2wd, 15m, 24h, 3d"
LARGEST = 1e15
ROLES = ("holder", "manager", "team channel")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(  # a channel, a Slack id, or one mail address as it can stand in an envelope
    rf"#[a-z0-9_-]{{1,80}}|[CGU][A-Z0-9]{{8,12}}|(?=.{{3,254}}\Z)[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{0,63}}@{_LABEL}(?:\.{_LABEL}){{0,10}}",
    re.ASCII,
)


def parse_share(text: object) -> float:
    """``90%`` as 0.9; a bare number is refused, because 1 could be 1 % or all."""
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%", text.strip(), re.ASCII) if isinstance(text, str) else None
    if match is None or not 0 <= float(match[1]) <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(f"{shown(text)} is not a percentage; write a number from 0 to 100 with its sign, e.g. {_as_percent(text)}")
    return round(float(match[1]) / 100, 8)


def _as_percent(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:  # noqa: PLR2004 - per cent
        return "90%"
    return f"{value:g}%" if value > 1 else f"{value * 100:g}%"


def shown(value: object) -> str:
    """A value as an error shows it: on one line, cut, and without what a list or mapping holds."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    written = {True: "true", False: "false", None: "null"}.get(value) if isinstance(value, bool | None) else repr(value)
    return written if written and len(written) <= 80 else f"{str(written)[:79]}…"  # noqa: PLR2004 - one line


def one_or_many(value: object) -> object:
    """A single value as a tuple of one; lists stay."""
    return value if isinstance(value, list | tuple) else (value,)


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """Marks a tuple that may also be written as its single member, in YAML and in the JSON Schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The tuple's own schema, with a single value wrapped first."""
        return core_schema.no_info_before_validator_function(one_or_many, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Either one member or the list."""
        many = handler(schema)
        return {"anyOf": [many.get("items", {}), many]}


def _name(value: object) -> object:
    """Names from a CRM may look like numbers to YAML; they are text all the same, but true and null are not names."""
    if isinstance(value, bool):
        raise ValueError(f'{shown(value)} is not a name; write it quoted if it is one, e.g. "{shown(value)}"')  # noqa: TRY004 - pydantic
    return str(value) if isinstance(value, int | float) else value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{shown(value)} is not a whole number; write it with digits and without quotes, e.g. 3")  # noqa: TRY004 - pydantic
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > LARGEST:  # noqa: PLR0124 - NaN
        raise ValueError(f"{shown(value)} is not a number; write it with digits and without quotes, e.g. 850")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is not a switch; write true or false")  # noqa: TRY004 - pydantic
    return value


def parse_zone(text: object) -> str:
    """An exact IANA key; paths, offsets, other spellings and abbreviations of zones are refused."""
    if not isinstance(text, str) or not is_zone(text):
        likely = similar_zone(text) if isinstance(text, str) else None
        mend = f"did you mean {likely}?" if likely else "write one such as Europe/Berlin or UTC"
        raise ValueError(f"{shown(text)} is not an IANA time zone; {mend}")
    if "/" not in text and re.fullmatch(r"[A-Z]{3}([0-9][A-Z]{3})?|Factory|localtime|posixrules", text) and text not in ("UTC", "GMT"):
        raise ValueError(f"{text!r} is an abbreviation, not a place; write the place whose clocks are meant, e.g. America/New_York")
    return text


def _address(value: object) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError(f'{shown(value)} is nobody to tell; write "#channel" (quoted) or a mail address')
    return value


def _recipient(value: object) -> str:
    if isinstance(value, str) and (value in ROLES or _ADDRESS.fullmatch(value)):
        return value
    raise ValueError(f'{shown(value)} is nobody to tell; write {", ".join(ROLES)}, "#channel" (quoted) or a mail address')


def _weekdays(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a weekday; write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri")  # noqa: TRY004 - pydantic
    parse_weekdays(value)
    return value


def _block(value: object) -> str:
    parse_block(value)
    return str(value)


def _dated(value: object) -> str:
    parse_date(value)
    return str(value)


def _schema(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


def _in_percent(share: float) -> str:
    return f"{share * 100:.6g}%"


Length = Annotated[
    Duration,
    BeforeValidator(lambda value: value if isinstance(value, Duration) else parse_duration(value)),
    PlainSerializer(str),
    _schema("string", examples=EXAMPLE_DURATION.split(", ")),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(_in_percent),
    _schema("string", pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?\s*%$", examples=["90%"]),
]
Day = Annotated[
    date,
    BeforeValidator(lambda value: value if isinstance(value, date) else parse_date(value)),
    _schema("string", format="date"),
]
Name = Annotated[str, BeforeValidator(_name), Field(min_length=1, max_length=200), WithJsonSchema({"type": ["string", "number"]})]
Names = Annotated[tuple[Name, ...], Field(min_length=1), OneOrMany()]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Party = Literal["sales", "marketing"]
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[int | float, BeforeValidator(_number), _schema("number")]
Zone = Annotated[str, BeforeValidator(parse_zone), _schema("string", examples=["Europe/Berlin", "UTC"])]
Address = Annotated[str, BeforeValidator(_address), _schema("string", examples=["#sales", "ana@example.com"])]
Recipient = Annotated[str, BeforeValidator(_recipient), _schema("string", examples=[*ROLES, "#sales", "ana@example.com"])]
Recipients = Annotated[tuple[Recipient, ...], OneOrMany()]
Weekdays = Annotated[str, BeforeValidator(_weekdays), _schema("string", examples=["mon-fri", "sat"])]
Blocks = Annotated[tuple[Annotated[str, BeforeValidator(_block), _schema("string", examples=["09:00-17:30"])], ...], OneOrMany()]
DatedKey = Annotated[str, BeforeValidator(_dated), _schema("string", format="date")]


class Terms(BaseModel):
    """Base behaviour of everything written in YAML: immutable, and no key passes unread."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
