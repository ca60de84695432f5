"""The core against the oracle: two programs that share no line, the same verdicts on thousands of histories, to the microsecond.

``HYPOTHESIS_PROFILE=nightly`` looks at twenty thousand histories and more, other ones every night.
"""

import os
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.cases import Case, differences
from tests.oracle.histories_at_random import looked_at, put_on_open_cycles

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
SLOW_ON_PURPOSE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
KINDS = {"deadline": 320, "cadence": 250, "quota": 90, "ratio": 80}
"""How many cases of each kind; each has about four leads, and the nightly run looks at twenty times as many."""


def expect_agreement(looked: tuple[Case, list[datetime]]) -> None:
    case, moments = looked
    found = [each for as_of in moments for each in differences(case, as_of)]
    assert not found, "\n".join([*found, repr(case)])


@pytest.mark.parametrize("kind", KINDS)
def test_core_and_oracle_agree_on_histories_at_random(kind: str) -> None:
    @settings(max_examples=KINDS[kind] * (20 if NIGHTLY else 1), suppress_health_check=SLOW_ON_PURPOSE)
    @given(looked_at((kind,)))
    def agree(looked: tuple[Case, list[datetime]]) -> None:
        expect_agreement(looked)

    agree()


@pytest.mark.parametrize("kind", ["deadline", "cadence"])
def test_core_and_oracle_agree_on_versions_put_on_open_cycles(kind: str) -> None:
    @settings(max_examples=60 * (20 if NIGHTLY else 1), suppress_health_check=SLOW_ON_PURPOSE)
    @given(put_on_open_cycles(kind))
    def agree(looked: tuple[Case, list[datetime]]) -> None:
        expect_agreement(looked)

    agree()


@settings(max_examples=60 * (20 if NIGHTLY else 1), suppress_health_check=SLOW_ON_PURPOSE)
@given(looked_at())
def test_core_and_oracle_agree_on_promises_side_by_side(looked: tuple[Case, list[datetime]]) -> None:
    expect_agreement(looked)
