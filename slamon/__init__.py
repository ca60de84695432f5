"""slamon monitors the service level agreement between sales and marketing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slamon.core.evaluation import FactFrames, evaluate
    from slamon.core.working_time.calendars import Calendar
    from slamon.definition_files import load_definitions

__all__ = ["Calendar", "FactFrames", "evaluate", "load_definitions"]

_HOMES = {
    "Calendar": "slamon.core.working_time.calendars",
    "FactFrames": "slamon.core.evaluation",
    "evaluate": "slamon.core.evaluation",
    "load_definitions": "slamon.definition_files",
}


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: the statistics behind `evaluate` take a second that `slamon validate` does not need.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
