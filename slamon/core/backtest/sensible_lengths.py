"""Targets that people would write: a length rounded up to a step that fits its size, in the unit of the promise."""

from slamon.core.working_time.durations import MICROS, Duration, Unit
from slamon.core.working_time.instants import DAY, HOUR, MINUTE

# Up to (microseconds) the step is (microseconds); working time counts eight hours a day here, so that half a day is four.
STEPS = ((2 * HOUR, 5 * MINUTE), (DAY, 30 * MINUTE))
WORKING_STEPS = ((2 * HOUR, 5 * MINUTE), (8 * HOUR, 30 * MINUTE))
HALF_A_DAY, HALF_A_WORKING_DAY = 12 * HOUR, 4 * HOUR

HOURS_AND_MINUTES = {False: (Unit.HOURS, Unit.MINUTES), True: (Unit.WORKING_HOURS, Unit.WORKING_MINUTES)}


def rounded_up(length: int, unit: Unit) -> Duration:
    """The shortest sensible target that is not below a length.

    ``length`` is in microseconds, for working days in days. The unit stays where it can say the target in whole numbers,
    else hours, else minutes do: 450 working minutes, not 7.5 hours.
    """
    if unit is Unit.WORKING_DAYS:
        return Duration(max(length, 1), unit)
    steps, half_a_day = (WORKING_STEPS, HALF_A_WORKING_DAY) if unit.is_working else (STEPS, HALF_A_DAY)
    step = next((step for up_to, step in steps if length <= up_to), half_a_day)
    micros = max(-(-length // step), 1) * step
    said = next(each for each in (unit, *HOURS_AND_MINUTES[unit.is_working]) if micros % MICROS[each] == 0)
    return Duration(micros // MICROS[said], said)


def next_longer(target: Duration) -> Duration:
    """The next sensible target after one."""
    if target.is_working_days:
        return Duration(target.amount + 1, target.unit)
    return rounded_up(target.micros + 1, target.unit)
