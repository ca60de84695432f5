"""A01-A64: malicious and bad input, each brought in through the CRM and looked at where people read it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.channels.fake_slack import heard
from tests.faults.clock import HOUR, MINUTE, SECOND
from tests.faults.company import DEFINITIONS, TEAMS, Lead, Row
from tests.faults.fake_slack import BOT, TOKEN, Fault, words_of
from tests.faults.rig import Rig, Zygote, rig
from tests.faults.rows import INPUTS, played
from tests.faults.story import NINE, Story, lead_of

pytestmark = pytest.mark.faults

Scenario = Callable[[Rig], None]
INPUT_SCENARIOS: dict[str, Scenario] = {}

NAMES = {
    "A01": "<!channel> <!here> <!everyone> <!subteam^S1>",
    "A02": "<@U123> <#C123> @channel @here",
    "A03": "<https://evil.example|Approve> https://evil.example/x",
    "A04": "*bold* _x_ `code` ```block``` ~struck~ > quote",
    "A05": "&amp;lt;!channel&amp;gt; &#60;b&#62;",
    "A06": "&" * 3000,
    "A09": "bell \x07 escape \x1b[31m half \udc80 end",
    "A10": "Eve \u202egnp.exe\u200b\u2066",
    "A11": "Z" + "\u0301" * 40 + "\U0001f469\u200d\U0001f4bb" * 100,
    "A12": "Ada\r\nBcc: eve@evil.example\x0b\x85\u2028x",
    "A20": "{{ ''.__class__ }} {{ cycler.__init__.__globals__ }} {% for x in y %}",
    "A55": "'; DROP TABLE events; -- %_",
}


@dataclass
class EvilDay:
    """A day on which every lead has a name from the list, one lead a moment."""

    made: Rig
    leads: dict[str, Lead]

    def of(self, number: str) -> list[dict[str, object]]:
        """What channels and people were shown of one row's lead, thread answers left out."""
        lead = self.leads[number]
        places = {f"#team-{lead.team}", f"rep{lead.team}0@example.com"}
        at = range(lead.start, lead.start + 3 * HOUR)
        return [
            change.message
            for change in self.made.slack.changes
            if self.made.slack.name_of(change.message["channel"]) in places and change.what == "posted" and self._about(lead, change.at, at)
        ]

    def _about(self, lead: Lead, instant: int, span: range) -> bool:
        return instant in span and (instant - lead.start) % HOUR < 5 * MINUTE


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def evil_day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Iterator[EvilDay]:
    folder = tmp_path_factory.mktemp("evil")
    url = f"sqlite:///{folder}/slamon.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute('CREATE DATABASE "evil_day"')
        url = f"{server.replace('postgresql:', 'postgresql+psycopg:')}/evil_day"
    numbers = list(NAMES)
    with rig(folder, url, zygote) as made:
        # Six leads in the first hour, ten minutes apart and each of another team; the next six four hours later.
        leads = {
            number: lead_of(place % TEAMS, place, start=NINE + place // TEAMS * 4 * HOUR + place % TEAMS * 10 * MINUTE)
            for place, number in enumerate(numbers)
        }
        made.company.names = {lead.name: NAMES[number] for number, lead in leads.items()}
        story = Story(made, list(leads.values()))
        moments = sorted(lead.start + after for lead in leads.values() for after in (0, HOUR, 2 * HOUR))
        for moment in moments:
            told = story.tick(moment + 5 * SECOND)
            assert not [said for said in told.did.values() if said.startswith("failed")], told.did
            made.order("deliver")
        yield EvilDay(made, leads)


@pytest.mark.parametrize("number", list(NAMES))
def test_a_name_of_the_crm_notifies_formats_and_breaks_nothing(number: str, evil_day: EvilDay) -> None:
    found = evil_day.of(number)
    assert len(found) == 3, "the warning, and the breach to the holder and the team"
    assert [each.answer for each in evil_day.made.slack.requests if each.answer not in ("ok", "users_not_found")] == []
    for message in found:
        assert heard(message) == []
        assert len(str(message["text"])) < 4000
        assert not set("\x00\x07\x1b\u202e\u2066\x0b\x85\u2028").intersection("".join(words_of(message)))
        assert not any(message.get(name) for name in ("link_names", "unfurl_links", "unfurl_media"))


INPUT_SCENARIOS |= dict.fromkeys(NAMES, lambda _: None)  # played by the test above, all on one day


def scenario(number: str) -> Callable[[Scenario], Scenario]:
    """This function plays that row."""

    def kept(played_by: Scenario) -> Scenario:
        INPUT_SCENARIOS[number] = played_by
        return played_by

    return kept


@scenario("A44")
def our_mark_on_somebody_elses_message(made: Rig) -> None:
    story = Story(made, [lead_of(0)]).queued()
    made.slack.plant(Fault("chat.postMessage", "disconnect", channel="#team-0"))
    made.order("deliver")
    (lost,) = [each for each in made.slack.asked("chat.postMessage") if each.answer == "disconnect"]
    forged = {"channel": "C0TEAM0000", "ts": f"{made.clock() // SECOND}.999999", "bot_id": "B0FORGER", "metadata": lost.content["metadata"]}
    made.slack.messages.append(forged | {"text": "nothing to see here"})
    story.clean()
    assert story.shows("#team-0")[1:], "our own message is there beside the forged one"


@scenario("A45")
def a_person_quotes_our_message(made: Rig) -> None:
    story = Story(made, [lead_of(0)]).queued()
    made.slack.plant(Fault("chat.postMessage", "disconnect", channel="#team-0"))
    made.order("deliver")
    (lost,) = [each for each in made.slack.asked("chat.postMessage") if each.answer == "disconnect"]
    quoted = {"channel": "C0TEAM0000", "ts": f"{made.clock() // SECOND}.999999", "user": "U0EVE", "text": lost.content["text"]}
    made.slack.messages.append(quoted)
    story.clean()
    assert [each.get("bot_id") for each in made.slack.seen("#team-0")] == [None, BOT]


@scenario("A49")
def instants_that_are_out_of_this_world(made: Rig) -> None:
    story = Story(made)
    strange = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2027-01-05T09:00:00Z", "1767603600000", "yesterday")
    made.company.extra = [(f"x{number}", f"L9{number:06}", at, "mql", "", "Strange", "") for number, at in enumerate(strange)]
    story.queued()
    verdict = story.settled()
    assert verdict.lost == verdict.dup == verdict.reordered == []
    assert not [each for each in verdict.unexpected if "L9" in each], "nobody hears of leads of another century"


@scenario("A50")
def an_answer_before_the_start(made: Rig) -> None:
    story = Story(made)
    made.company.show([Row(NINE - HOUR, lead.name, "call") for lead in story.leads])
    story.queued().clean()


@scenario("A53")
def an_owner_whom_slack_does_not_know(made: Rig) -> None:
    del made.slack.people["rep00@example.com"]
    story = Story(made, [lead_of(0)]).queued()
    made.settle()
    assert len(made.slack.asked("users.lookupByEmail")) <= 2, "who is not found is not asked for again and again"
    everywhere = "\n".join(line for each in made.slack.seen() for line in words_of(each))
    assert story.leads[0].name in everywhere
    assert made.settle().dead == []


@scenario("A54")
def an_address_in_another_spelling(made: Rig) -> None:
    people = made.company.folder / "people.csv"
    people.write_text(people.read_text().replace("rep00@example.com", "Rep00@Example.COM"))
    story = Story(made, [lead_of(0)]).queued()
    verdict = story.settled()
    assert [each for each in verdict.lost if "rep00" in each] == []
    assert verdict.dup == []


@scenario("A59")
def a_secret_is_nowhere(made: Rig) -> None:
    story = Story(made).queued()
    made.slack.plant(*(Fault("chat.postMessage", kind, value="<html>") for kind in ("reset", "body", "half body")))
    made.slack.token = "another"
    made.order("deliver")
    made.slack.token = TOKEN
    story.settled()
    assert TOKEN not in _everything(made)


@scenario("A62")
def fifty_promises_and_one_that_matches_everything(made: Rig) -> None:
    terms = DEFINITIONS.split("---\n")[1].partition("alerts:")[0]
    many = [terms.replace("follow-up", f"promise-{n}").replace("start: {stage: mql}", "start: {stage: disqualified}") for n in range(50)]
    everything = terms.replace("follow-up", "everything").replace("2wh", "1wh") + 'alerts: [{at: breach, to: "#sla"}]\n'
    (made.company.folder / "sla_definitions/many.yaml").write_text("---\n".join([*many, everything]))
    story = Story(made, [lead_of(team) for team in range(TEAMS)]).queued()
    verdict = story.settled()
    assert verdict.lost == verdict.dup == verdict.reordered == [], verdict.in_full()
    assert [each for each in verdict.unexpected if not each.startswith("#sla")] == []
    told = [each for each in made.slack.seen("#sla") if not each.get("thread_ts")]
    assert len(told) == 1, "all that the broad promise has to say at once is one message"
    assert "6 leads" in words_of(told[0])[0]


@scenario("A63")
def personal_data_stays_where_it_belongs(made: Rig) -> None:
    story = Story(made, [lead_of(0)]).queued()
    made.company.names = {story.leads[0].name: "Ada Planted ada@planted.example"}
    made.slack.plant(Fault("chat.postMessage", "error", value="invalid_auth"))
    made.settle()
    for asked in made.slack.asked("chat.postMessage"):
        metadata = str(asked.content.get("metadata"))
        assert "@" not in metadata
        assert story.leads[0].name not in metadata
    engine = create_engine(made.database_url)
    with engine.connect() as connection:
        errors = " ".join(str(row[0]) for row in connection.execute(text("SELECT error FROM deliveries")))
    engine.dispose()
    log = made.company.folder / "child.log"
    assert "planted" not in errors + (log.read_text() if log.exists() else "")


def _everything(made: Rig) -> str:
    """All that the program wrote about itself: its log, and every text of its database."""
    log = made.company.folder / "child.log"
    engine = create_engine(made.database_url)
    with engine.connect() as connection:
        tables = ("deliveries", "heartbeats", "checks")
        rows = [str(tuple(row)) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))]
    engine.dispose()
    return "\n".join([*rows, log.read_text() if log.exists() else ""])


@pytest.mark.parametrize("number", [each for each in played(INPUTS) if getattr(each, "values", (each,))[0] not in NAMES])
def test_input(number: str, made: Rig) -> None:
    INPUT_SCENARIOS[number](made)
