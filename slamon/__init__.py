"""slamon monitors the service level agreement between sales and marketing."""

from slamon.core.calendars import Calendar
from slamon.core.evaluation import FactFrames, evaluate
from slamon.definition_files import load_definitions

__all__ = ["Calendar", "FactFrames", "evaluate", "load_definitions"]
