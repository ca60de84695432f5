"""The company's calendars as tables, for contestants that judge in SQL: when each office is open, and what each date is.

They are compiled by slamon itself: a table of opening hours is what every data team has, and it is not what is measured.
"""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from slamon import load_definitions
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, EPOCH, Instants
from slamon.core.working_time.periods import bounds_of

DEFINITIONS = Path(__file__).parent / "definitions"


def write_calendars(folder: Path, as_of: int) -> None:
    """``openings.parquet``, ``dates.parquet`` and ``months.parquet``, each with a column ``calendar``; instants in microseconds UTC."""
    definitions = load_definitions(DEFINITIONS)
    span = np.array([as_of - 366 * DAY, as_of + 400 * DAY], np.int64)
    tables = {name: _tables(calendar, span) for name, calendar in definitions.calendars.items()}
    for index, file in enumerate(("openings", "dates", "months")):
        parts = [table[index].append_column("calendar", pa.array([name] * len(table[index]))) for name, table in tables.items()]
        pq.write_table(pa.concat_tables(parts), folder / f"{file}.parquet")


def _tables(calendar: Calendar, span: Instants) -> tuple[pa.Table, pa.Table, pa.Table]:
    openings = calendar.openings_around(span)
    near = (openings.begin >= span[0] - 30 * DAY) & (openings.begin <= span[1])
    wall = openings.offsets.to_wall(openings.begin)
    opened = pa.table(
        {
            "begin": openings.begin[near],
            "end": openings.end[near],
            "worked": openings.worked[near],
            "finished": openings.finished[near],
            "number": np.searchsorted(openings.days, openings.date[near]),
            "since_midnight": (wall - openings.date * DAY)[near],
        }
    )
    days = np.arange(openings.date[near][0], openings.date[near][-1] + 1)
    dated = pa.table({"midnight": openings.offsets.from_wall(days * DAY), "number": openings.day_number(days)})
    return opened, dated, _months(calendar, span)


def _months(calendar: Calendar, span: Instants) -> pa.Table:
    """The months of the calendar's zone that begin in the data's year or just after it."""
    year = (EPOCH + timedelta(microseconds=int(span.mean()))).year - 1
    labels = [f"{year + number // 12}-{number % 12 + 1:02d}" for number in range(14)]
    begin, end = zip(*(bounds_of(label, calendar.timezone) for label in labels), strict=True)
    return pa.table({"period": labels, "begin": np.array(begin, np.int64), "end": np.array(end, np.int64)})
