"""JSON Schemas of definitions and settings, so that editors complete and check while somebody writes."""

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from slamon.core.definitions import Alert, Stage, type_of_kind
from slamon.core.definitions.calendar_terms import CalendarTerms
from slamon.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/$defs/{model}"


def definition_schema() -> dict[str, Any]:
    """The schema of one document of a definitions folder: an SLA of any kind, or calendars, stages and routes.

    Which kind's terms apply is chosen by ``kind``, so that an editor names the wrong key and not every kind.
    """
    models: list[type[BaseModel]] = [*type_of_kind.values(), CalendarTerms, Stage, Alert]
    _, defined = models_json_schema([(model, "validation") for model in models], by_alias=True, ref_template=REFERENCE)
    return {
        "$schema": DIALECT,
        "title": "An SLA between sales and marketing, or calendars, stages and routes",
        "type": "object",
        "if": {"anyOf": [{"required": ["sla"]}, {"required": ["kind"]}]},
        "then": {
            "required": ["sla", "kind"],
            "properties": {"kind": {"enum": list(type_of_kind)}},
            "allOf": [
                {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": _reference(model)}
                for kind, model in type_of_kind.items()
            ],
        },
        "else": {"properties": _shared(), "additionalProperties": False, "minProperties": 1},
        "$defs": defined["$defs"],
    }


def settings_schema() -> dict[str, Any]:
    """The schema of ``slamon.yaml``."""
    schema = TypeAdapter(Settings).json_schema(by_alias=True, ref_template=REFERENCE)
    return {"$schema": DIALECT, **schema, "title": "A slamon workspace"}


def _shared() -> dict[str, Any]:
    names = {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}
    return {
        "calendars": {"type": "object", "propertyNames": names, "additionalProperties": _reference(CalendarTerms)},
        "stages": {"type": "array", "items": _reference(Stage), "minItems": 1},
        "routes": {"type": "object", "propertyNames": names, "additionalProperties": {"type": "array", "items": _reference(Alert)}},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}
