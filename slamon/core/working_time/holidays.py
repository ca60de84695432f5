"""Public holidays: which countries and subdivisions are known, and on which dates they are closed."""

import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays


def check_country(country: str | None, subdivision: str | None) -> None:
    """Raise ``ValueError`` with the mend unless the holidays of that country and subdivision are known."""
    if country is None:
        return
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        raise ValueError(f"no holidays are known for country {country!r}; write an ISO 3166 code such as DE or US")
    if subdivision is not None and subdivision not in known[country]:
        some = ", ".join(sorted(known[country])[:8]) or "none: leave it out"
        raise ValueError(f"country {country} has no subdivision {subdivision!r}; known are {some}")


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, first: int, last: int) -> Mapping[date, str]:
    """The names of the public holidays of the years ``first`` to ``last``, by local date, as far as they are published."""
    with warnings.catch_warnings():
        # Calendars reach eleven years ahead; some countries (India) announce their holidays for fewer.
        warnings.filterwarnings("ignore", "Requested Holidays are available only", UserWarning)
        found = holidays.country_holidays(country, subdiv=subdivision, years=range(first, last + 1))
    return MappingProxyType({day: str(name) for day, name in found.items()})
