"""F45: a government changes the rules of its zone, and the service is restarted with the new ones.

What was said stays said; what follows from the new rules is worked out for every cycle, and corrected where people were told
something else.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from tests.faults.clock import DAY, HOUR, MINUTE, SECOND
from tests.faults.company import DEFINITIONS, REPORT_TO, Lead
from tests.faults.rig import Rig, Zygote, rig
from tests.faults.story import NINE, Story, lead_of

pytestmark = pytest.mark.faults
MIDNIGHT = NINE - 9 * HOUR
TWO_AHEAD, ONE_AHEAD = "Africa/Johannesburg", "Africa/Algiers"
"""Places that are two hours and one hour ahead of UTC all year: Berlin's rules before and after."""
ARRIVAL = MIDNIGHT + 6 * HOUR + 30 * MINUTE
"""Before the office opens, under either rule."""
TOLD, TRULY = MIDNIGHT + 9 * HOUR, MIDNIGHT + 10 * HOUR
"""When two working hours after nine of Berlin are over: under the old rules, and under the new."""


def with_rules(folder: Path, like: str) -> Zygote:
    """A process for which Berlin's clocks are those of another place."""
    tree = folder / like.replace("/", "_") / "Europe"
    tree.mkdir(parents=True)
    (tree / "Berlin").write_bytes((files("tzdata") / "zoneinfo" / like).read_bytes())
    return Zygote(PYTHONTZPATH=str(tree.parent))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Zygote]]:
    folder = tmp_path_factory.mktemp("rules")
    warm = {like: with_rules(folder, like) for like in (TWO_AHEAD, ONE_AHEAD)}
    yield warm
    for zygote in warm.values():
        zygote.close()


@pytest.fixture
def berlin(tmp_path: Path, database_url: str, rules: dict[str, Zygote]) -> Iterator[Rig]:
    """The company moves to Berlin, and its daily note goes out at half past five of that clock."""
    with rig(tmp_path, database_url, rules[TWO_AHEAD], definitions=DEFINITIONS.replace("timezone: UTC", "timezone: Europe/Berlin")) as made:
        settings = tmp_path / "slamon.yaml"
        settings.write_text(settings.read_text().replace("timezone: UTC", "timezone: Europe/Berlin"))
        yield made


def restarted(made: Rig, zygote: Zygote) -> None:
    """The program ends, the system's zone rules are updated, and it begins again."""
    made.end()
    made.zygote = zygote


def of(made: Rig, lead: Lead) -> list[str]:
    """The headlines about a lead in its team's channel, as people see them now."""
    return [each["text"] for each in made.slack.seen(f"#team-{lead.team}") if lead.name in each["text"] and not each.get("thread_ts")]


def test_f45_a_miss_that_was_told_under_the_old_rules_is_corrected_openly_or_not_said_again(berlin: Rig, rules: dict[str, Zygote]) -> None:
    kept, missed = lead_of(0, start=ARRIVAL, answered=TRULY - 15 * MINUTE), lead_of(1, start=ARRIVAL)
    late = lead_of(2, start=ARRIVAL, answered=TOLD + 15 * MINUTE)
    others = [lead_of(3, number, start=ARRIVAL, answered=ARRIVAL + 5 * MINUTE) for number in range(20)]  # so that few are news
    story = Story(berlin, [kept, missed, late, *others])
    for instant in (ARRIVAL, TOLD - HOUR, TOLD):
        story.tick(instant + 5 * SECOND)
    berlin.settle(5)
    assert all("Past target" in of(berlin, lead)[0] for lead in (kept, missed, late))
    for instant in (TOLD + 15 * MINUTE, TOLD + 20 * MINUTE):
        story.tick(instant + 5 * SECOND)
        berlin.settle(5)
    assert "Answered late" in of(berlin, late)[0]
    restarted(berlin, rules[ONE_AHEAD])
    for instant in (TOLD + 30 * MINUTE, TOLD + 32 * MINUTE):
        story.tick(instant + 5 * SECOND)
        berlin.settle(5)
    assert "Corrected, kept" in of(berlin, late)[0], "nothing new is known of that lead but the rules"
    for instant in (TRULY - 15 * MINUTE, TRULY - 10 * MINUTE, TRULY, TRULY + 10 * MINUTE):
        story.tick(instant + 5 * SECOND)
        berlin.settle(5)
    ((corrected,), (still,)) = of(berlin, kept), of(berlin, missed)
    assert "Corrected, kept" in corrected
    assert "Past target" in still
    warning, miss = (each["text"] for each in berlin.slack.seen("rep10@example.com"))  # no second warning at the new time
    assert warning.startswith("The target has passed"), "it was edited once it was over"
    assert "Past target" in miss


def test_f45_a_report_that_was_sent_under_the_old_rules_is_not_sent_again_and_the_next_goes_by_the_new(
    berlin: Rig, rules: dict[str, Zygote]
) -> None:
    story = Story(berlin, [lead_of(0, start=ARRIVAL, answered=ARRIVAL + HOUR)])
    story.tick(ARRIVAL + 5 * SECOND)
    old, new = MIDNIGHT + 15 * HOUR + 30 * MINUTE, MIDNIGHT + 16 * HOUR + 30 * MINUTE
    for instant in (old - MINUTE, old + SECOND):
        story.tick(instant)
    berlin.settle(30)
    sent = sorted(each.recipient for each in berlin.mail.seen())
    assert sent == sorted(REPORT_TO)
    restarted(berlin, rules[ONE_AHEAD])
    for instant in (new - MINUTE, new + SECOND, new + HOUR, old + DAY + MINUTE):
        story.tick(instant)
        berlin.settle(30)
    assert len(berlin.mail.raw) == 2, "the same day again at its new time, or the next day at its old one"
    story.tick(new + DAY + SECOND)
    berlin.settle(30)
    assert sorted(each.recipient for each in berlin.mail.seen()) == sorted([*REPORT_TO, *REPORT_TO])
