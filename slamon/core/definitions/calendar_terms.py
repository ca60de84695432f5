"""A calendar as definitions write it."""

from typing import Annotated

import numpy as np
from pydantic import Field

from slamon.core.definitions.terms import Blocks, DatedKey, Day, Terms, Weekdays, Zone
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY

A_YEAR_LIKE_OTHERS = np.array([56 * 366 * DAY], np.int64)


class HolidayTerms(Terms):
    """Which dates are off: a country's (and subdivision's), plus own dates, minus own exceptions."""

    country: str | None = None
    subdivision: str | None = None
    add: tuple[Day, ...] = ()
    remove: tuple[Day, ...] = ()


class CalendarTerms(Terms):
    """A calendar as it is written; ``build`` checks what only the whole can tell."""

    timezone: Zone
    hours: Annotated[dict[Weekdays, Blocks], Field(min_length=1)]
    holidays: HolidayTerms = HolidayTerms()
    special_days: dict[DatedKey, Blocks] = Field(default_factory=dict)
    breaks: dict[DatedKey, Blocks] = Field(default_factory=dict)

    def build(self) -> Calendar:
        """The calendar that answers; ``ValueError`` with the mend if it never opens or a country is unknown."""
        if not any(self.hours.values()):
            raise ValueError('hours never open; write e.g. {mon-fri: ["09:00-17:00"]}')
        off = {
            "country": self.holidays.country,
            "subdivision": self.holidays.subdivision,
            "add": [day.isoformat() for day in self.holidays.add],
            "remove": [day.isoformat() for day in self.holidays.remove],
        }
        calendar = Calendar(self.timezone, self.hours, off, self.special_days, self.breaks)
        calendar.openings_around(A_YEAR_LIKE_OTHERS)  # refuses hours that holidays cover entirely
        return calendar
