"""Charts are drawn without a browser or a network, the same each time, twice the width of the mail's column."""

import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from slamon.core.scorecards import Pace
from slamon.messages.charts import compliance_chart, pace_chart, twelve_months_chart
from slamon.messages.page import Picture
from tests.messages.figures import MONTHS, PROMISES, pace, promise
from tests.messages.hostile import TEXTS

PLAIN = str.maketrans("\u00a0", " ")


def width(picture: Picture) -> int:
    return int(struct.unpack(">I", picture.png[16:20])[0])


PICTURES: dict[str, Callable[[], Picture]] = {
    "pace": lambda: pace_chart(pace()),
    "compliance": lambda: compliance_chart(PROMISES),
    "months": lambda: twelve_months_chart(MONTHS, 0.9),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_every_time_and_fits_a_phone(name: str) -> None:
    picture = PICTURES[name]()
    assert (picture.name, picture.png) == (name, PICTURES[name]().png)
    assert 1100 <= width(picture) <= 1240
    assert len(picture.png) < 250_000
    assert picture.svg.startswith("<svg")


def test_each_picture_says_its_figures_in_words() -> None:
    told = {name: make().alt.translate(PLAIN) for name, make in PICTURES.items()}
    assert told["pace"] == "Sales-ready leads (SQL) a month, 2026-11: 38 by 2026-11-16, expected 52 by then, quota 100."
    assert "MQLs get a follow-up within 4 working hours: 82 % of 174, objective 90 %, missed" in told["compliance"].replace(" [", " [")
    assert told["months"] == "12 months to April 2026. Sales kept 91 % of leads due; marketing reached 97 % of its quota in the last one."


def test_lines_and_targets_are_drawn_with_their_names() -> None:
    assert "38 so far" in pace_chart(pace()).svg
    assert "Quota 100" in pace_chart(pace()).svg
    assert "93\u00a0% of 120" in compliance_chart(PROMISES).svg
    assert "Sales 90\u00a0%" in twelve_months_chart(MONTHS, 0.9).svg


@pytest.mark.parametrize(
    "picture",
    [
        lambda: pace_chart(Pace("q", "Quota", "2026-11", 100.0, ())),
        lambda: pace_chart(replace(pace(), points=tuple(replace(point, actual=None) for point in pace().points))),
        lambda: pace_chart(replace(pace(), points=pace().points[:1])),
        lambda: compliance_chart(()),
        lambda: compliance_chart((promise("none", "Nothing due", 0, 0),)),
        lambda: compliance_chart((promise("all", "All kept", 40, 0, None, low=None, high=None),)),
        lambda: twelve_months_chart((), None),
        lambda: twelve_months_chart((replace(MONTHS[0], sales_share=None, marketing_share=None),), 0.9),
        lambda: twelve_months_chart((replace(MONTHS[0], marketing_share=7.5),), None),
    ],
)  # fmt: skip
def test_little_or_strange_data_still_gives_a_picture(picture: Callable[[], Picture]) -> None:
    assert picture().png.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", TEXTS)
def test_titles_from_others_are_only_letters_in_a_picture(name: str) -> None:
    drawn = compliance_chart((promise("x", TEXTS[name], 100, 50),)).svg
    assert "<script" not in drawn
    assert "<img" not in drawn


def test_promises_with_the_same_title_keep_a_row_each() -> None:
    alike = compliance_chart((promise("a", "Follow-up", 90, 10), promise("b", "Follow-up", 70, 30)))
    assert "90\u00a0% of 100" in alike.svg
    assert "70\u00a0% of 100" in alike.svg
