"""Checks and deliveries together: floods, downtime, reminders, what was answered while it waited, misses that come again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from slamon.channels import DeliveryError, Failure, Outgoing
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.core.working_time.periods import Period, bounds_of
from slamon.jobs.announcing.audience import Edition
from slamon.jobs.check import check
from slamon.jobs.deliver import deliver
from slamon.jobs.deliver.amending import amended
from slamon.jobs.report import make_report
from slamon.store.database import reading, writing
from slamon.store.facts.subjects import cycles_named
from slamon.store.outbox.claims import Again, Lane, Sent, Unsure, claim, settle
from slamon.store.outbox.rereading import drop_old_news, overtake
from slamon.store.outbox.withheld import load_withheld
from slamon.store.schema import deliveries, verdicts
from slamon.store.verdicts import rule
from tests.channels.fake_slack import heard
from tests.jobs.test_check import DEFINITIONS, Company, assigned, instant
from tests.messages.test_alert_messages import lines


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    return Company(tmp_path, engine)


def rows(company: Company, *columns: str, **where: Any) -> list[tuple[Any, ...]]:
    asked = select(*(deliveries.c[name] for name in columns)).order_by(deliveries.c.created_at, deliveries.c.id)
    for name, value in where.items():
        asked = asked.where(deliveries.c[name] == value)
    with reading(company.engine) as connection:
        return [tuple(row) for row in connection.execute(asked)]


def test_five_hundred_misses_in_one_minute_are_at_most_twelve_messages_that_name_each_once(company: Company) -> None:
    company.rows = []
    for number in range(500):
        at = f"2026-01-05 09:00:{number * 59 // 500:02}"
        company.happens(at, "mql", f"lead{number}").happens(at, "owner", f"lead{number}", "rita")
    company.rows = [(*row[:5], f"Person {row[1]} Longname-Example") for row in company.rows]
    company.synced("2026-01-05 09:05:00").checked("2026-01-05 10:59:00")
    for second in (0, 15, 30, 45, 60, 361):
        now = instant("2026-01-05 11:00:00") + second * SECOND
        check(company.engine, company.shop.definitions, company.shop.announcements(), now, now)
    messages = [json.loads(payload) for payload, _ in rows(company, "payload", "kind", destination="#sales-emea")]
    shown = [json.dumps(message["blocks"], ensure_ascii=False) for message in messages]
    assert len(messages) <= 12
    assert [sum(text.count(f"Person lead{number} ") for text in shown) for number in range(500)] == [1] * 500
    assert max(len(text) for text in shown) < 13_000


def test_the_first_check_after_a_time_away_is_one_summary_with_true_times(company: Company) -> None:
    assigned(company).happens("2026-01-05 09:30:00", "mql", "bea").synced("2026-01-05 09:31:00").checked("2026-01-05 09:32:00")
    as_of = instant("2026-01-05 14:00:00")
    announcements = replace(company.shop.announcements(), away_after=15 * MINUTE)
    check(company.engine, company.shop.definitions, announcements, as_of, as_of)
    assert {kind for _, kind in company.said()} == {"catch-up"}
    ((payload,),) = rows(company, "payload", destination="#sales-emea")
    assert "Nothing could be judged from Mon 5 Jan 09:32" in json.loads(payload)["text"].replace("\u00a0", " ")
    check(company.engine, company.shop.definitions, announcements, as_of + MINUTE, as_of + MINUTE)
    assert len(rows(company, "id", destination="#sales-emea")) == 1


def test_a_warning_that_was_answered_before_it_was_sent_is_not_sent(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 10:00:00")
    company.happens("2026-01-05 10:05:00", "call").synced("2026-01-05 10:06:00").checked("2026-01-05 10:06:00")
    assert drop_old_news(company.engine, instant("2026-01-05 10:06:30")) == 1
    assert rows(company, "state", "error") == [("dropped", "no news any more when its turn came")]
    with reading(company.engine) as connection:
        (row,) = load_withheld(connection)
    assert (row.kind, row.rule, row.reason) == ("warning", "re-read", "answered before it was said")
    assert drop_old_news(company.engine, instant("2026-01-05 10:06:31")) == 0


def test_a_miss_that_was_answered_while_slack_was_away_is_told_once_as_it_is(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:40:05").checked("2026-01-05 11:40:10")
    now = instant("2026-01-05 11:40:20")
    assert drop_old_news(company.engine, now) == 0
    assert {state for (state,) in rows(company, "state", kind="breach")} == {"pending"}
    assert all(release > now for (release,) in rows(company, "release_at", kind="breach"))
    company.checked("2026-01-05 11:41:10")
    later = instant("2026-01-05 11:42:30")
    drop_old_news(company.engine, later)
    overtake(company.engine, later)
    assert next(kind for kind, state in rows(company, "kind", "state", destination="#sales-emea") if state == "pending") == "answered late"
    assert rows(company, "state", destination="#sales-emea", kind="breach") == [("dropped",)]


def test_what_is_answered_while_a_delivery_is_under_way_is_read_again_at_its_claim(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:40:05").checked("2026-01-05 11:40:10")
    now = instant("2026-01-05 11:40:20")
    assert claim(company.engine, now, "here", 10) == [], "neither the miss nor, yet, the news that takes its place"
    company.checked("2026-01-05 11:41:10")
    later = instant("2026-01-05 11:42:30")
    while not (claimed := claim(company.engine, later, "here", 10, lane=Lane("slack", "#sales-emea"))):
        assert {state for (state,) in rows(company, "state", destination="#sales-emea", kind="breach")} == {"dropped"}
    assert [(each.kind, each.payload["mode"]) for each in claimed] == [("answered late", "post")]


def test_an_alert_that_waits_names_instants_and_no_time_that_has_passed_since(company: Company) -> None:
    flood(company, 8)
    sent = instant("2026-01-05 11:20:00")
    place = Lane("slack", "#sales-emea")
    (now,) = claim(company.engine, instant("2026-01-05 11:00:30"), "here", 1, lane=place)
    assert "1 s past target" in json.dumps(now.payload, ensure_ascii=False).replace("\u00a0", " ")
    settle(company.engine, now, Again(sent, "Slack is away"))
    (late,) = claim(company.engine, sent, "here", 1, lane=place)
    said = "\n".join(lines(late.payload)).replace("\u00a0", " ")
    assert said.count("due Mon 5 Jan 11:00 UTC") == 5
    assert "past target" not in said.replace("Past target: 8 leads", "")
    settle(company.engine, late, Sent(sent, {}))
    (listed,) = claim(company.engine, sent, "here", 1, lane=place)
    assert "past target" not in json.dumps(listed.payload), "nor in its thread"


def test_a_miss_is_recalled_three_times_then_escalated_and_then_no_more(company: Company) -> None:
    text = DEFINITIONS.replace("{at: breach, to: [holder, team channel]}", "{at: breach, to: holder, remind: 1wh}").replace(
        "  - {at: breach + 1wh, to: manager}\n", ""
    )
    (company.folder / "sla_definitions/all.yaml").write_text(text)
    assigned(company).synced("2026-01-05 09:01:00")
    for hour in range(11, 17):
        company.checked(f"2026-01-05 {hour}:00:01")
    company.checked("2026-01-07 16:00:00")
    told = [(where, kind) for where, kind in company.said() if kind != "warning"]
    assert told == [("ana@example.com", "escalation"), ("rita@example.com", "breach"), *[("rita@example.com", "reminder")] * 3]
    ((breach,),) = rows(company, "id", kind="breach")
    assert rows(company, "follows", kind="reminder") == [(breach,)] * 3


def test_what_was_recalled_in_vain_is_in_the_weekly_scorecard_with_what_people_heard(company: Company) -> None:
    text = DEFINITIONS.replace("{at: breach, to: [holder, team channel]}", "{at: breach, to: holder, remind: 1wh}")
    (company.folder / "sla_definitions/all.yaml").write_text(text)
    assigned(company).synced("2026-01-05 09:01:00")
    for clock in ("10:00:00", "11:00:01", "12:00:01", "13:00:01", "14:00:01", "15:00:01"):
        company.checked(f"2026-01-05 {clock}")
    with writing(company.engine) as connection:
        connection.execute(deliveries.update().values(state="sent", sent_at=deliveries.c.created_at, reference="{}"))
    week = Period("2026-W02", *bounds_of("2026-W02", "UTC"))
    monday = instant("2026-01-12 08:00:00")
    payload = make_report(company.engine, company.shop.definitions, "weekly", week, Edition("Acme", "UTC"), monday).payload("slack")
    told = json.dumps(payload["blocks"], ensure_ascii=False).replace("\u00a0", " ")
    assert "Ada <&> Co" in told
    assert "recalled three times" in told
    assert "Heard: 7 alerts to 2 people, 3.5 a person and day, 5 at most; 0 of 7 notices were answered within a day." in told


def test_a_reminder_is_not_sent_once_somebody_answered(company: Company) -> None:
    (company.folder / "sla_definitions/all.yaml").write_text(DEFINITIONS.replace("team channel]}", "team channel], remind: 1wh}"))
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:45:00").checked("2026-01-05 14:00:00")
    assert not [kind for _, kind in company.said() if kind in ("reminder", "escalation")]


def test_a_reminder_that_is_tried_again_is_not_sent_once_somebody_answered(company: Company) -> None:
    file = company.folder / "sla_definitions/all.yaml"
    file.write_text(file.read_text().replace("to: [holder, team channel]}", "to: holder, remind: 1wh}"))
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:00:01")
    sent(company)
    company.checked("2026-01-05 12:00:01")
    refused = [each for each in claim(company.engine, instant("2026-01-05 12:00:02"), "here", 10) if each.kind == "reminder"]
    settle(company.engine, refused[0], Again(instant("2026-01-05 12:00:30"), "connection refused"))
    company.happens("2026-01-05 12:00:20", "call").synced("2026-01-05 12:00:25").checked("2026-01-05 12:00:28")
    company.checked("2026-01-05 12:01:40")
    later = claim(company.engine, instant("2026-01-05 12:02:40"), "here", 10)
    assert [each.kind for each in (*refused, *later) if each.kind == "reminder"] == ["reminder"]
    assert rows(company, "state", kind="reminder") == [("dropped",)]


def test_a_miss_that_was_taken_back_and_comes_again_after_a_day_is_a_new_message(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 10:30:00", "call").synced("2026-01-05 12:00:00").checked("2026-01-05 12:02:00")
    company.rows = [row for row in company.rows if row[3] != "call"]
    company.synced("2026-01-07 12:00:00").checked("2026-01-07 12:02:00")
    company.checked("2026-01-07 12:03:00")
    assert [kind for where, kind in company.said() if where == "#sales-emea"].count("breach") == 2


def test_a_miss_that_comes_again_the_same_day_edits_the_first_message(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 10:30:00", "call").synced("2026-01-05 12:00:00").checked("2026-01-05 12:02:00")
    company.rows = [row for row in company.rows if row[3] != "call"]
    company.synced("2026-01-05 15:00:00").checked("2026-01-05 15:02:00")
    kinds = [kind for where, kind in company.said() if where == "#sales-emea"]
    assert (kinds.count("breach"), kinds.count("corrected")) == (1, 2)


def test_a_holder_who_is_away_is_not_written_to_and_the_channel_is_told_why(company: Company) -> None:
    settings = (company.folder / "slamon.yaml").read_text()
    away = "      - {name: leave, path: leave.csv, away: {person: who, from: {column: a, timezone: UTC}, to: {column: b, timezone: UTC}}}\n"
    (company.folder / "slamon.yaml").write_text(settings.replace("      - name: events\n", away + "      - name: events\n"))
    (company.folder / "leave.csv").write_text("who,a,b\nrita,2026-01-05,2026-01-06\n")
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 10:00:00")
    ((payload,),) = rows(company, "payload", destination="#sales-emea")
    assert "Here because Rita is away." in payload
    assert not rows(company, "id", destination="rita@example.com")


def flood(company: Company, many: int) -> Company:
    """Some leads of Rita's that all came in on Monday at nine, told as missed at eleven."""
    for number in range(many):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number}").happens("2026-01-05 09:00:00", "owner", f"lead{number}", "rita")
    company.rows = [(*row[:5], f"Person {row[1]}") for row in company.rows]
    company.synced("2026-01-05 09:05:00").checked("2026-01-05 11:00:01")
    return company


def answered(company: Company, at: str, *leads: int) -> Company:
    for lead in leads:
        company.happens(f"2026-01-05 {at}:00", "call", f"lead{lead}")
        company.rows[-1] = (*company.rows[-1][:5], f"Person lead{lead}")
    return company.synced(f"2026-01-05 {at}:30")


def said_in(company: Company, place: str = "#sales-emea") -> dict[str, list[str]]:
    """The lines of every message to a place as its newest edit says them, by the kind of what was posted."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    roots: dict[str, str] = {}
    for own, follows, kind, payload in rows(company, "id", "follows", "kind", "payload", destination=place):
        message = json.loads(payload)
        roots[own] = roots[follows] if message["mode"] == "update" else own
        found[roots[own]] = (found[roots[own]][0] if roots[own] in found else kind, message)
    return {kind: lines(message) for kind, message in found.values()}


def test_in_a_message_about_many_each_lead_says_its_own_news_and_the_headline_counts_them(company: Company) -> None:
    answered(flood(company, 8), "11:20", 0, 1, 7).checked("2026-01-05 11:22:00")
    said = said_in(company)
    assert said["breach"][0] == "✗ Past target: 8 leads, 3 settled"
    assert said["breach"][-1] == "Could the team share these out, please? We support with reassignments if helpful."
    struck = [line for line in said["breach"] if line.startswith("~")]
    assert all(line.endswith("~ ✓ Answered Mon 5 Jan 11:20 UTC.") for line in struck)
    in_list = [line for line in said["breach: list"] if line.startswith("✓")]
    assert all(line.endswith(": answered late") for line in in_list)
    named = sorted(line.removeprefix("~").removeprefix("✓ ").split()[1].rstrip(":~") for line in struck + in_list)
    assert named == ["lead0", "lead1", "lead7"]


def test_news_of_several_leads_of_one_message_are_one_reply_and_one_edit(company: Company) -> None:
    answered(flood(company, 8), "11:20", 0, 1, 7).checked("2026-01-05 11:22:00")
    company.checked("2026-01-05 11:23:00")
    kinds = [kind for where, kind in company.said() if where == "#sales-emea"]
    assert sorted(kind for kind in kinds if kind != "answered late: line") == [
        "answered late",
        "answered late: reply",
        "breach",
        "breach: list",
    ]
    assert len(said_in(company)["answered late: reply"]) == 3


def test_once_all_are_settled_the_message_says_so_and_thanks(company: Company) -> None:
    answered(flood(company, 3), "11:20", 0, 1).checked("2026-01-05 11:22:00")
    assert said_in(company)["breach"][0] == "✗ Past target: 3 leads, 2 settled"
    answered(company, "11:40", 2).checked("2026-01-05 11:42:00")
    said = said_in(company)["breach"]
    assert (said[0], said[-1]) == ("✓ Settled: 3 leads", "Thank you all!")
    assert "\n".join(said).count("Thank you") == 1
    assert said[1] == "Sales calls every lead within two working hours.", "nothing is open, so there is no worst"
    assert sum(line.startswith("~Person lead") for line in said) == 3


def test_a_line_that_was_taken_back_wrongly_is_open_again(company: Company) -> None:
    answered(flood(company, 2), "10:30", 0).checked("2026-01-05 11:22:00")
    assert said_in(company)["breach"][0] == "✗ Past target: 2 leads, 1 settled"
    assert any(line.startswith("~Person lead0") and "Corrected, kept" in line for line in said_in(company)["breach"])
    company.rows = [row for row in company.rows if row[3] != "call"]
    company.synced("2026-01-05 13:00:00").checked("2026-01-05 13:02:00")
    company.checked("2026-01-05 13:04:00")
    said = said_in(company)["breach"]
    assert said[0] == "✗ Past target: 2 leads"
    assert any(line.startswith("Person lead0") and "✗ Corrected, past target" in line for line in said)


def test_edits_of_one_message_that_wait_are_one_edit(company: Company) -> None:
    flood(company, 3)
    for second, lead in ((0, 0), (4, 1), (8, 2)):
        company.happens(f"2026-01-05 11:20:0{second}", "call", f"lead{lead}")
    company.synced("2026-01-05 11:20:30")
    for second in (0, 4, 8):
        company.checked(f"2026-01-05 11:21:0{second}")
    (first,) = rows(company, "id", "release_at", destination="#sales-emea", created_at=instant("2026-01-05 11:21:00"), kind="answered late")
    waiting = rows(company, "follows", "release_at", destination="#sales-emea", kind="answered late")[1:]
    assert [follows == first[0] for follows, _ in waiting] == [True, False]
    with writing(company.engine) as connection:
        connection.execute(
            deliveries.update()
            .where(deliveries.c.kind.in_(("breach",)) | (deliveries.c.id == first[0]))
            .values(state="sent", reference="{}")
        )
    assert {release for _, release in waiting} == {first[1]}
    overtake(company.engine, instant("2026-01-05 11:21:10"))
    assert [state for (state,) in rows(company, "state", destination="#sales-emea", kind="answered late")] == ["sent", "dropped", "pending"]


def test_what_answers_a_message_that_was_overtaken_answers_what_takes_its_place(company: Company) -> None:
    answered(flood(company, 8), "11:20", 0).checked("2026-01-05 11:22:00")
    overtake(company.engine, instant("2026-01-05 11:22:30"))
    ((edit,),) = rows(company, "id", destination="#sales-emea", kind="answered late")
    assert rows(company, "state", destination="#sales-emea", kind="breach") == [("dropped",)]
    assert rows(company, "follows", destination="#sales-emea", kind="breach: list") == [(edit,)]
    assert rows(company, "follows", destination="#sales-emea", kind="answered late: reply") == [(edit,)]


def test_who_was_named_five_times_in_channels_today_is_named_without_being_notified(company: Company) -> None:
    settings = (company.folder / "slamon.yaml").read_text()
    (company.folder / "slamon.yaml").write_text(settings.replace("people:\n", "people:\n  addresses: {rita: U0RITA123}\n", 1))
    for number in range(7):
        clock = f"{9 + number // 2:02}:{number % 2 * 30:02}:00"
        company.happens(f"2026-01-05 {clock}", "mql", f"lead{number}").happens(f"2026-01-05 {clock}", "owner", f"lead{number}", "rita")
    company.synced("2026-01-05 12:30:00")
    for number in range(7):
        company.checked(f"2026-01-05 {11 + number // 2:02}:{number % 2 * 30:02}:01")
    posts = [json.loads(payload) for payload, _ in rows(company, "payload", "created_at", destination="#sales-emea", kind="breach")]
    assert [heard(payload) for payload in posts] == [["U0RITA123"]] * 5 + [[]] * 2
    assert not any(heard(json.loads(payload)) for (payload,) in rows(company, "payload", destination="U0RITA123"))


class SlowSlack:
    """Takes a message; while it does, somebody answers every lead."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.texts: list[str] = []

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        self.texts.append(outgoing.payload["text"])
        with writing(self.company.engine) as connection:
            connection.execute(verdicts.update().values(state="met", answered_at=outgoing.created_at))
        return {}


def test_what_waits_behind_another_message_is_read_again_before_its_own_turn(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql", "bea").happens("2026-01-05 09:00:00", "owner", "bea", "rita")
    company.happens("2026-01-05 09:40:00", "mql", "ada").happens("2026-01-05 09:40:00", "owner", "ada", "rita")
    company.synced("2026-01-05 09:41:00").checked("2026-01-05 10:00:00")
    company.checked("2026-01-05 10:40:00")
    assert len(rows(company, "id", kind="warning")) == 2
    slack = SlowSlack(company)
    told = deliver(company.engine, {"slack": slack}, lambda: instant("2026-01-05 10:40:30"), owner="test")
    assert (told.sent, told.overtaken, len(slack.texts)) == (1, 1, 1)


class ComesBack:
    """Refuses every connection until it is back; what arrived is kept."""

    def __init__(self) -> None:
        self.back = False
        self.seen: list[dict[str, Any]] = []

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        if not self.back:
            raise DeliveryError(Failure.DEFINITE, "connection refused")
        if outgoing.destination == "#sales-emea":
            self.seen.append(outgoing.payload)
        return {"ts": str(len(self.seen))}


def delivered(company: Company, slack: ComesBack, at: str) -> None:
    deliver(company.engine, {"slack": slack}, lambda: instant(f"2026-01-05 {at}"), owner="test")


def test_what_was_answered_while_slack_was_away_is_said_as_answered_in_the_message_that_is_tried_again(company: Company) -> None:
    slack = ComesBack()
    delivered(flood(company, 8), slack, "11:00:02")
    answered(company, "11:01", 0, 7).checked("2026-01-05 11:01:31")
    slack.back = True
    delivered(company, slack, "11:01:40")
    post, listed = map(lines, slack.seen)
    assert post[0] == "✗ Past target: 8 leads, 2 settled"
    assert post[-1] == "Could the team share these out, please? We support with reassignments if helpful."
    told = [line for line in (*post, *listed) if line.startswith(("~", "✓"))]
    thanked = "~Person lead{0}~ ✓ Answered Mon 5 Jan 11:01 UTC."
    assert set(told) <= {each.format(lead) for lead in (0, 7) for each in (thanked, "✓ Person lead{0}: answered late")}
    assert len(told) == 2
    assert [payload["mode"] for payload in slack.seen] == ["post", "reply"]
    company.checked("2026-01-05 11:02:40")
    delivered(company, slack, "11:02:50")
    assert said_in(company)["breach"][0] == "✗ Past target: 8 leads, 2 settled", "and the edit says the same"


def test_a_message_that_may_have_arrived_is_looked_for_by_its_own_words(company: Company) -> None:
    flood(company, 2)
    place, later = Lane("slack", "#sales-emea"), instant("2026-01-05 11:01:40")
    (lost,) = claim(company.engine, instant("2026-01-05 11:00:02"), "here", 1, lane=place, amend=amended)
    settle(company.engine, lost, Unsure(later, "the answer was lost"))
    kept = rows(company, "id", "payload", destination="#sales-emea")
    answered(company, "11:01", 0).checked("2026-01-05 11:01:31")
    (looked_for,) = claim(company.engine, later, "here", 1, lane=place, amend=amended)
    assert (looked_for.unsure, looked_for.id, looked_for.payload) == (True, lost.id, lost.payload)
    assert rows(company, "id", "payload", destination="#sales-emea") == kept


WARNED = "2026-01-05 10:00:00"


def sent(company: Company) -> None:
    """Everything that was queued has arrived."""
    with writing(company.engine) as connection:
        connection.execute(
            deliveries.update().where(deliveries.c.state == "pending").values(state="sent", sent_at=instant(WARNED), reference="{}")
        )


def test_a_warning_is_edited_in_place_once_the_lead_was_answered_in_time(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked(WARNED)
    sent(company)
    company.happens("2026-01-05 10:05:00", "call").synced("2026-01-05 10:06:00").checked("2026-01-05 10:07:00")
    ((warning,),) = rows(company, "id", kind="warning")
    ((follows, payload),) = rows(company, "follows", "payload", kind="cleared")
    edit = json.loads(payload)
    assert (follows, edit["mode"]) == (warning, "update")
    assert lines(edit)[0].startswith("✓ Answered in time: Ada")
    assert lines(edit)[-1] == "Answered in time, 10:05 UTC. Thank you, Rita!"
    company.happens("2026-01-05 10:10:00", "call").synced("2026-01-05 10:11:00").checked("2026-01-05 10:20:00")
    assert [kind for _, kind in company.said()] == ["cleared", "warning"]


def test_once_the_target_has_passed_the_warning_points_to_the_message_about_it(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked(WARNED)
    sent(company)
    company.checked("2026-01-05 11:00:01")
    company.checked("2026-01-05 11:02:00")
    ((payload,),) = rows(company, "payload", kind="cleared", destination="rita@example.com")
    headline, struck = lines(json.loads(payload))[:2]
    assert headline.startswith("– The target has passed: Ada")
    assert struck == "~Due soon, due Mon 5 Jan 11:00 UTC~"
    assert [kind for where, kind in company.said() if where == "rita@example.com"] == ["breach", "cleared", "warning"]


def warnings_edited(company: Company) -> list[tuple[str, str]]:
    """What the holder's warning was edited to, each time: as what, and its last line."""
    kept = rows(company, "kind", "payload", destination="rita@example.com")
    return [(kind, lines(json.loads(payload))[-1]) for kind, payload in kept if kind.startswith("cleared")]


ASKED = "The target was missed, and nobody answered yet. A call would be appreciated, please; we support with a reassignment if helpful."
POINTED = "More about it stands in a message of its own. Thank you!"


def test_while_the_news_of_a_miss_waits_the_edited_warning_says_it_itself_and_asks(company: Company) -> None:
    settings = company.folder / "slamon.yaml"
    settings.write_text(settings.read_text() + 'quiet_hours: {from: "11:00", to: "13:00"}\n')
    assigned(company).synced("2026-01-05 09:01:00").checked(WARNED)
    sent(company)
    company.checked("2026-01-05 11:00:01")
    company.checked("2026-01-05 11:02:00")
    assert warnings_edited(company) == [("cleared: asks", ASKED)]
    company.checked("2026-01-05 13:00:01")
    assert warnings_edited(company) == [("cleared: asks", ASKED), ("cleared", POINTED)], "once there is such a message"
    company.checked("2026-01-05 13:10:01")
    assert len(warnings_edited(company)) == 2


def test_a_warning_of_a_miss_that_others_are_told_of_asks_its_own_reader(company: Company) -> None:
    file = company.folder / "sla_definitions/all.yaml"
    file.write_text(file.read_text().replace("to: [holder, team channel]}", 'to: "#sales-emea"}'))
    assigned(company).synced("2026-01-05 09:01:00").checked(WARNED)
    sent(company)
    for minute in ("00", "02"):
        company.checked(f"2026-01-05 11:{minute}:01")
    assert warnings_edited(company) == [("cleared: asks", ASKED)]
    company.happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:41:00").checked("2026-01-05 11:43:00")
    assert warnings_edited(company)[-1] == ("cleared", "Answered 11:40 UTC. Thank you, Rita!")


def test_in_a_warning_of_several_leads_a_miss_whose_news_wait_is_asked_for_in_its_line(company: Company) -> None:
    settings = company.folder / "slamon.yaml"
    settings.write_text(settings.read_text() + 'quiet_hours: {from: "11:00", to: "13:00"}\n')
    for lead in ("ada", "bea"):
        company.happens("2026-01-05 09:00:00", "mql", lead).happens("2026-01-05 09:00:00", "owner", lead, "rita")
    company.synced("2026-01-05 09:01:00").checked(WARNED)
    sent(company)
    company.happens("2026-01-05 10:30:00", "call", "ada").synced("2026-01-05 11:00:00")
    for minute in ("00", "02"):
        company.checked(f"2026-01-05 11:{minute}:01")
    said = said_in(company, "rita@example.com")["warning"]
    assert said[0] == "✓ No longer due: 2 leads"
    assert sum(line.endswith("– The target has passed. A call would be appreciated, please.") and line[0] != "~" for line in said) == 1


def test_a_warning_points_to_no_message_that_nobody_got(company: Company) -> None:
    text = DEFINITIONS.replace("  - {at: breach, to: [holder, team channel]}\n", "").replace("  - {at: breach + 1wh, to: manager}\n", "")
    (company.folder / "sla_definitions/all.yaml").write_text(text)
    assigned(company).synced("2026-01-05 09:01:00").checked(WARNED)
    sent(company)
    for minute in ("00", "02"):
        company.checked(f"2026-01-05 11:{minute}:01")
    assert [kind for _, kind in company.said()] == ["warning"]
    company.happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:41:00").checked("2026-01-05 11:43:00")
    ((payload,),) = rows(company, "payload", kind="cleared")
    assert lines(json.loads(payload))[-1] == "Answered 11:40 UTC. Thank you, Rita!"


def test_a_warning_that_nobody_saw_is_not_cleared(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked(WARNED)
    company.happens("2026-01-05 10:05:00", "call").synced("2026-01-05 10:06:00").checked("2026-01-05 10:07:00")
    assert [kind for _, kind in company.said()] == ["warning"]
    assert drop_old_news(company.engine, instant("2026-01-05 10:07:30")) == 1


def told_again(company: Company, as_of: str) -> str:
    """The reply in the thread after a verdict that was told has changed."""
    company.checked(as_of)
    return next(
        lines(json.loads(payload))[0] for (payload,) in rows(company, "payload", kind="corrected: reply", destination="#sales-emea")
    )


def breached(company: Company) -> Company:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    return company


def ruled(company: Company, kind: str, subject: str, at: str) -> None:
    with writing(company.engine) as connection:
        rule(connection, kind, subject, "ana", "trade fair", instant(at))


def test_an_excuse_is_said_with_who_excused_it_and_why(company: Company) -> None:
    breached(company)
    with reading(company.engine) as connection:
        (cycle,) = cycles_named(connection, "ada")
    ruled(company, "excuse", cycle.cycle_id, "2026-01-05 11:40:00")
    company.checked("2026-01-05 11:41:00")
    assert (
        told_again(company, "2026-01-05 11:43:00") == "Ada <&> Co: Excused, not counted (ana: trade fair). Thank you for keeping it true."
    )


def test_an_answer_that_newly_is_in_the_crm_is_said_to_be_that(company: Company) -> None:
    breached(company).happens("2026-01-05 10:30:00", "call").synced("2026-01-05 11:40:00").checked("2026-01-05 11:41:00")
    assert "the answer of Mon 5 Jan 10:30 UTC counts (newer CRM data)." in told_again(company, "2026-01-05 11:43:00")


def test_a_lead_that_the_crm_has_no_more_is_called_as_its_reader_knew_it_and_the_reason_is_said(company: Company) -> None:
    breached(company)
    sent(company)
    company.rows = []
    company.happens("2026-01-05 11:35:00", "call", "bea").synced("2026-01-05 11:40:00").checked("2026-01-05 11:41:00")
    said = "Ada <&> Co: Corrected (the CRM has this lead no more). Thank you for keeping it true."
    assert told_again(company, "2026-01-05 11:43:00") == said
    ((edit,),) = rows(company, "payload", kind="corrected", destination="#sales-emea")
    assert lines(json.loads(edit))[0] == "– Corrected: Ada &lt;&amp;&gt; Co", "as plain text, which Slack shows unescaped"
    assert "Held by Rita" in "\n".join(lines(json.loads(edit)))


def test_leads_of_one_message_that_the_crm_has_no_more_are_called_by_their_names_in_its_thread(company: Company) -> None:
    flood(company, 8)
    sent(company)
    company.rows = [row for row in company.rows if row[1] not in ("lead0", "lead7")]
    company.synced("2026-01-05 11:40:00").checked("2026-01-05 11:41:00")
    company.checked("2026-01-05 11:43:00")
    said = said_in(company)["corrected: reply"]
    gone = "Corrected (the CRM has this lead no more). Thank you for keeping it true."
    assert sorted(said) == [f"Person lead0: {gone}", f"Person lead7: {gone}"]


def test_a_day_off_that_is_added_later_is_said_to_have_changed_the_calendar(company: Company) -> None:
    file = company.folder / "sla_definitions/all.yaml"
    breached(company).happens("2026-01-05 11:35:00", "call").synced("2026-01-05 11:36:00").checked("2026-01-05 11:37:00")
    file.write_text(file.read_text().replace('["09:00-17:00"]}}', '["09:00-17:00"]}, special_days: {"2026-01-05": ["10:00-17:00"]}}'))
    company.checked("2026-01-05 11:45:00")
    assert "(calendars, people or their absences changed)" in told_again(company, "2026-01-05 11:47:00")


def test_a_person_reads_times_in_her_own_zone_and_the_channel_in_the_teams(company: Company) -> None:
    settings, file = (company.folder / "slamon.yaml").read_text(), company.folder / "sla_definitions/all.yaml"
    (company.folder / "slamon.yaml").write_text(settings.replace('"#sales-emea"', '"#sales-emea", calendar: west'))
    west = 'west: {timezone: America/Los_Angeles, hours: {mon-fri: ["09:00-17:00"]}}'
    file.write_text(file.read_text().replace("calendars: {office", f"calendars: {{{west}, office"))
    breached(company).happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:41:00").checked("2026-01-05 11:43:00")
    for where in ("rita@example.com", "#sales-emea"):
        ((breach,),) = rows(company, "payload", kind="breach", destination=where)
        ((edit,),) = rows(company, "payload", kind="answered late", destination=where)
        assert "due Mon 5 Jan 03:00 PST" in " ".join(lines(json.loads(breach)))
        assert "answered 03:40 PST" in lines(json.loads(edit))[-1]
