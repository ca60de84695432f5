"""An alert is read in five seconds, says whose and by when, asks politely, and nothing in the CRM can make it do anything else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from slamon.core.alerts import Held, Notice, Recipient
from slamon.core.working_time.instants import NEVER
from slamon.messages.alert_groups import Gathered
from slamon.messages.alerts import baseline_message, email_alert, slack_alert, slack_lists, slack_reply
from slamon.messages.line_edits import with_news
from tests.channels.fake_slack import acceptable, heard
from tests.messages import hostile
from tests.messages.figures import APP, AS_OF, at, notice, notices

PLAIN = str.maketrans("\u00a0", " ")


def lines(payload: dict[str, Any]) -> list[str]:
    """The message as a person reads it, without its small print."""
    found: list[str] = []
    for block in payload["blocks"]:
        if block["type"] == "header":
            found.append(block["text"]["text"])
        if block["type"] == "rich_text":
            for part in block["elements"]:
                items = part["elements"] if part["type"] == "rich_text_list" else [part]
                found += [line for item in items for line in "".join(_said(piece) for piece in item["elements"]).split("\n")]
    return [line.translate(PLAIN) for line in found]


def _said(piece: dict[str, Any]) -> str:
    said = f"@{piece['user_id']}" if piece["type"] == "user" else piece["text"]
    return f"~{said}~" if piece.get("style", {}).get("strike") else said


def test_a_breach_is_six_lines_from_what_happened_to_what_would_help() -> None:
    assert lines(slack_alert([notice()], AS_OF)) == [
        "✗ Past target: Jane Roe, Acme AG, 1 h 12 m of 1 working hour",
        "Held by Ana Costa · team EMEA · lead 00Q1 · Open in the CRM",
        "Why: demo request · worth € 24,000 · due Mon 16 Nov 10:00 CET",
        "Clock: routing 41 m · Ana Costa 31 m · 12 working minutes past target",
        "Buyer: Demo form (1 h) · Pricing page (15 h) · Smarketing in 30 minutes (3 days ago)",
        "Could someone pick this up, please? We support with a reassignment if helpful.",
    ]


def test_a_breach_that_may_be_read_at_any_time_names_instants_and_no_length_that_grows() -> None:
    lasting = notice(at_any_time=True)
    assert lines(slack_alert([lasting], AS_OF)) == [
        "✗ Past target: Jane Roe, Acme AG, target 1 working hour",
        "Held by Ana Costa · team EMEA · lead 00Q1 · Open in the CRM",
        "Why: demo request · worth € 24,000 · due Mon 16 Nov 10:00 CET",
        "Clock: routing 41 m",
        "Buyer: Demo form (Mon 16 Nov 08:58 CET) · Pricing page (Sun 15 Nov 19:10 CET) · Smarketing in 30 minutes (Thu 12 Nov 11:00 CET)",
        "Could someone pick this up, please? We support with a reassignment if helpful.",
    ]
    nobodys = slack_alert([replace(lasting, held=(), target="")], AS_OF)
    assert lines(nobodys)[0] == "✗ Past target: Jane Roe, Acme AG"
    assert not any(line.startswith("Clock") for line in lines(nobodys))


def test_a_list_holds_the_same_leads_in_both_of_its_words() -> None:
    many = [replace(each, late_by_s=60) for each in notices(300)]
    lasting = [replace(each, at_any_time=True) for each in many]
    assert [each["lines"] for each in slack_lists(many)] == [each["lines"] for each in slack_lists(lasting)]


def test_the_small_print_names_version_age_of_data_and_who_hears_next() -> None:
    small = slack_alert([notice()], AS_OF)["blocks"][-1]
    assert [each["text"].translate(PLAIN) for each in small["elements"]] == [
        "Demo requests get a first touch within 1 working hour · SLA first-touch-demo 2026-01-01",
        "data as of Mon 16 Nov 10:12 CET · next at 14:00 CET: Ben Ode, manager, hears of it",
    ]


def test_the_fallback_text_is_a_full_sentence_for_those_who_only_hear_it() -> None:
    assert slack_alert([notice()], AS_OF)["text"].translate(PLAIN) == (
        "Past target: Jane Roe, Acme AG, demo request, 1 h 12 m of 1 working hour; held by Ana Costa, due Mon 16 Nov 10:00 CET. "
        "Could someone pick this up, please? We support with a reassignment if helpful."
    )


def test_a_lead_without_a_name_goes_by_its_company_and_id_or_by_its_id() -> None:
    of_a_company, bare = notice(lead_name="", link=""), notice(lead_name="", company="", link="")
    assert lines(slack_alert([of_a_company], AS_OF))[0] == "✗ Past target: Acme AG (00Q1), 1 h 12 m of 1 working hour"
    assert lines(slack_alert([bare], AS_OF))[0] == "✗ Past target: 00Q1, 1 h 12 m of 1 working hour"
    second = notice(lead_name="", link="", lead="00Q2", cycle_id="c2")
    assert [line.split(" · ")[0] for line in lines(slack_alert([of_a_company, second], AS_OF))[2:4]] == ["Acme AG (00Q2)", "Acme AG (00Q1)"]
    named = lines(slack_alert([notice(link=""), second], AS_OF))[3]
    assert named == "Jane Roe, Acme AG · held by Ana Costa · 12 working minutes past target · 00Q1"


def test_a_long_name_gives_way_to_how_far_past_target_it_is() -> None:
    first = lines(slack_alert([notice(lead_name="Maximiliane " * 5, company="Donaudampfschiffahrtsgesellschaft " * 3)], AS_OF))[0]
    assert first.startswith("✗ Past target: Maximiliane")
    assert first.endswith("…, 1 h 12 m of 1 working hour")
    assert len(first) <= 80


def test_the_clock_names_each_holder_with_their_own_part_and_blames_nobody() -> None:
    passed_on = notice(routing_s=240, held=(Held("Bea", 660), Held("Tom", 25)), cause="owner", late_by_s=None)
    assert lines(slack_alert([passed_on], AS_OF))[3] == "Clock: routing 4 m · Bea 11 m · Tom 25 s"
    many = notice(routing_s=0, held=(Held("Bea", 60), Held("", 120), Held("Tom", 25), Held("Ann", 60), Held("Jo", 60)), late_by_s=None)
    assert lines(slack_alert([many], AS_OF))[3] == "Clock: Bea 1 m · in a queue 2 m · Tom 25 s · 2 more 2 m"
    told = json.dumps([slack_alert([replace(passed_on, cause=cause)], AS_OF) for cause in ("owner", "routing")])
    assert "cause" not in told
    assert lines(slack_alert([replace(passed_on, cause="data late")], AS_OF))[3].endswith(" · an answer was logged late")


def test_of_a_lead_that_is_gone_nothing_is_said_that_is_not_known() -> None:
    gone = notice(kind="corrected", state="withdrawn", intent="", target="", holder="", holder_name="", team="", elapsed_s=None)
    payload = slack_alert([replace(gone, routing_s=None, held=(), lead_name="", company="", link="", late_by_s=None)], AS_OF)
    assert lines(payload)[:3] == [
        "– Corrected: 00Q1",
        "~Past target, due Mon 16 Nov 10:00 CET~",
        "Corrected. Thank you for keeping it true.",
    ]
    assert "nobody" not in payload["text"]
    assert ", ;" not in payload["text"]
    assert ", ," not in payload["text"]


def test_a_warning_says_until_when_the_promise_can_be_kept() -> None:
    said = lines(slack_alert([notice(kind="warning", state="at_risk", elapsed_s=2900, late_by_s=None)], AS_OF))
    assert (said[0], said[-1]) == (
        "! Due soon: Jane Roe, Acme AG, 48 m of 1 working hour",
        "An answer by Mon 16 Nov 10:00 CET keeps the promise. Thank you!",
    )


def test_a_late_answer_edits_the_message_strikes_what_was_said_and_thanks() -> None:
    payload = slack_alert([notice(kind="answered late", answered_at=at("2026-11-16T09:12:00"))], AS_OF)
    said = lines(payload)
    assert payload["mode"] == "update"
    assert (said[0], said[1]) == ("✓ Answered late: Jane Roe, Acme AG", "~Past target, due Mon 16 Nov 10:00 CET~")
    assert said[-1] == "Thank you, Ana Costa: answered 10:12 CET, 12 working minutes past target."
    assert len(said) == 5


def test_a_correction_takes_the_first_message_back() -> None:
    payload = slack_alert([notice(kind="corrected", state="met", answered_at=at("2026-11-16T08:50:00"))], AS_OF)
    assert lines(payload)[0] == "✓ Corrected, kept: Jane Roe, Acme AG"
    assert "past target" not in lines(payload)[3]
    reply = slack_reply([notice(kind="corrected", state="met", answered_at=at("2026-11-16T08:50:00"), why="newer CRM data")])
    assert reply["mode"] == "reply"
    assert lines(reply) == ["Jane Roe, Acme AG: Thank you: the answer of Mon 16 Nov 09:50 CET counts (newer CRM data). This one is kept."]


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("excused", "ana: trade fair", "Excused, not counted (ana: trade fair). Thank you for keeping it true."),
        ("cancelled", "deleted", "Corrected, not counted (deleted). Thank you for keeping it true."),
        ("breached", "the definitions changed", "Corrected, past target (the definitions changed). Thank you for keeping it true."),
        ("withdrawn", "", "Corrected. Thank you for keeping it true."),
    ],
)
def test_a_correction_says_who_or_what_changed_the_verdict(state: str, why: str, words: str) -> None:
    assert lines(slack_alert([notice(kind="corrected", state=state, why=why)], AS_OF))[-1] == words


@pytest.mark.parametrize(
    ("personal", "asked"),
    [
        (True, "Nobody holds this one yet. Could you find who takes it, please? An assignment would be appreciated."),
        (False, "Nobody holds this one yet. Who could take it, please? An assignment would be appreciated."),
    ],
)
def test_an_escalation_of_a_lead_that_nobody_holds_asks_who_could_take_it(personal: bool, asked: str) -> None:
    here = (Recipient("slack", "#sla", "team channel", instead="no manager is known"),)
    unheld = notice(kind="escalation", holder="", holder_name="", recipients=here)
    payload = slack_alert([unheld], AS_OF, personal=personal)
    assert asked in lines(payload)
    assert payload["text"].endswith(asked)


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        ("answered late", "breached", "Thank you: answered 10:41 CET."),
        ("cleared", "met", "Answered in time, 10:41 CET. Thank you!"),
        ("cleared", "breached", "Answered 10:41 CET. Thank you!"),
    ],
)
def test_where_nobody_holds_the_lead_thanks_name_nobody(kind: Any, state: str, said: str) -> None:
    news = notice(kind=kind, state=state, holder="", holder_name="", late_by_s=None, answered_at=at("2026-11-16T09:41:00"))
    assert lines(slack_alert([news], AS_OF))[-1] == said


@pytest.mark.parametrize(
    ("state", "first", "last"),
    [
        ("met", "✓ Answered in time: Jane Roe, Acme AG", "Answered in time, 09:50 CET. Thank you, Ana Costa!"),
        ("breached", "– The target has passed: Jane Roe, Acme AG", "More about it stands in a message of its own. Thank you!"),
        ("excused", "– Excused, not counted: Jane Roe, Acme AG", "Excused, not counted (ana: trade fair). Thank you!"),
        ("cancelled", "– Not counted: Jane Roe, Acme AG", "Not counted (ana: trade fair). Thank you!"),
    ],
)
def test_a_warning_that_is_over_is_edited_in_four_lines_and_notifies_nobody(state: str, first: str, last: str) -> None:
    answered = at("2026-11-16T08:50:00") if state == "met" else NEVER
    to_her = (Recipient("slack", "U0123ABCD", "holder"),)
    over = notice(kind="cleared", state=state, why="ana: trade fair", answered_at=answered, recipients=to_her)
    payload = slack_alert([over], AS_OF)
    assert lines(payload) == [
        first,
        "~Due soon, due Mon 16 Nov 10:00 CET~",
        "Held by Ana Costa · team EMEA · lead 00Q1 · Open in the CRM",
        last,
    ]
    assert (payload["mode"], heard(payload)) == ("update", [])


def test_a_warning_of_a_lead_that_was_answered_late_says_when() -> None:
    over = notice(kind="cleared", state="breached", answered_at=at("2026-11-16T09:05:00"))
    assert lines(slack_alert([over], AS_OF))[-1] == "Answered 10:05 CET. Thank you, Ana Costa!"


def test_several_leads_are_one_message_with_the_worst_five_and_how_many_more() -> None:
    assert lines(slack_alert(notices(12), AS_OF, APP)) == [
        "✗ Past target: 12 leads",
        "Demo requests get a first touch within 1 working hour. 8 of 12 reached a holder late or not yet. Worst first:",
        *(
            f"Person {number}, Firm {number} · held by Ana Costa · {number} working minutes past target · 00Q{number}"
            for number in (12, 11, 10, 9, 8)
        ),
        "and 7 more · See all",
        "Could the team share these out, please? We support with reassignments if helpful.",
    ]


def test_in_a_group_the_answered_ones_are_struck_and_thanked() -> None:
    said = lines(slack_alert([*notices(2), notice(kind="answered late", answered_at=AS_OF)], AS_OF))
    assert said[0] == "✗ Past target: 2 leads, 1 settled"
    assert said[-2].startswith("~Jane Roe, Acme AG · held by Ana Costa · 12 working minutes past target~ · 00Q1 ✓ Thank you")


@pytest.mark.parametrize(
    ("kind", "role", "named"),
    [
        ("breach", "holder", True),
        ("escalation", "manager", True),
        ("warning", "holder", False),
        ("answered late", "holder", False),
        ("escalation", "holder", False),
    ],
)
def test_mentions_are_rationed_to_who_can_act_at_the_breach_and_at_an_escalation(kind: Any, role: str, named: bool) -> None:
    payload = slack_alert([notice(kind=kind, recipients=(Recipient("slack", "U0123ABCD", role),))], AS_OF)
    assert heard(payload) == (["U0123ABCD"] if named else [])


def test_a_quota_has_a_period_and_no_lead() -> None:
    quiet = {"lead": "", "lead_name": "", "company": "", "holder": "", "holder_name": "", "team": "", "intent": "", "value": "", "link": ""}
    spans = {"elapsed_s": None, "late_by_s": None, "routing_s": None, "held": (), "closed_s": None}
    told = notice(
        kind="warning",
        state="at_risk",
        title="SQLs a month",
        target="100 a month",
        touches=(),
        due_at=at("2026-11-30T23:00:00"),
        **quiet,
        **spans,
    )
    assert lines(slack_alert([told], AS_OF)) == [
        "! At risk: SQLs a month, 100 a month",
        "The period ends Tue 1 Dec 00:00 CET",
        "Could we look at this one together, please?",
    ]


def test_the_baseline_counts_what_was_due_before_once_for_slack_and_mail() -> None:
    payload = baseline_message(
        [("Demo requests", 40, 112), *((f"Promise {number}", 1, 2) for number in range(30))], AS_OF, at("2026-01-01T00:00:00")
    )
    said = lines(payload)
    assert said[1] == "What was due before Thu 1 Jan 00:00 UTC is not alerted one by one; it is counted once, here:"
    assert said[2] == "Demo requests: 112 kept, 40 past target"
    assert "and 11 more promises" in said
    assert {"mode", "subject", "text", "html", "blocks"} <= payload.keys()


def test_a_mail_carries_the_same_words_as_text_and_as_html() -> None:
    payload = email_alert([notice()], AS_OF)
    assert payload["subject"].translate(PLAIN) == "Past target: Jane Roe, Acme AG, demo request, 1 h 12 m of 1 working hour"
    for line in lines(slack_alert([notice()], AS_OF)):
        words = line.removeprefix("✗ ").removesuffix(" · Open in the CRM")
        assert words in payload["text"].translate(PLAIN)
        assert words in unescape(payload["html"]).translate(PLAIN)


def test_one_person_is_asked_in_person_and_a_channel_as_a_team() -> None:
    assert lines(slack_alert([notice()], AS_OF, personal=True))[-1].startswith("Could you pick this up, please?")
    assert lines(slack_alert(notices(3), AS_OF, personal=True))[-1].startswith("Could you pick these up, please?")
    assert lines(slack_alert(notices(3), AS_OF))[-1].startswith("Could the team share these out, please?")
    assert "Could you pick this up, please?" in email_alert([notice()], AS_OF, personal=True)["text"]


def test_in_a_group_about_several_promises_each_lead_is_named_with_its_own() -> None:
    other = notice(title="MQLs get a follow-up", cycle_id="c9", target="4 working hours", late_by_s=12 * 3600)
    said = lines(slack_alert([*notices(1), other], AS_OF))
    assert said[1].startswith("2 promises.")
    assert said[2] == "Jane Roe, Acme AG · MQLs get a follow-up · held by Ana Costa · 12 working hours past target · 00Q1"
    assert said[3].startswith("Person 1, Firm 1 · Demo requests get a first touch within 1 working… · held by")


def test_what_was_gathered_says_how_many_and_since_when() -> None:
    digest = slack_alert(notices(3), AS_OF, personal=True, gathered=Gathered(digest=True, since=at("2026-11-16T07:30:00")))
    assert lines(digest)[0] == "✗ The rest of today: 3 leads"
    small = [each["text"].translate(PLAIN) for each in digest["blocks"][-1]["elements"]]
    assert small[-1] == "gathered since Mon 16 Nov 08:30 CET"


def test_no_alert_without_a_notice() -> None:
    with pytest.raises(ValueError, match="at least one notice"):
        slack_alert([], AS_OF)


# --- what the CRM may hold ---------------------------------------------------------------------------------------


def hostile_notices() -> Iterator[Any]:
    for name, text in hostile.TEXTS.items():
        fields = (
            "lead",
            "lead_name",
            "company",
            "holder",
            "holder_name",
            "team",
            "intent",
            "value",
            "target",
            "title",
            "cause",
            "next_step",
            "cycle_id",
        )
        touches = tuple(replace(touch, touch=text, asset=text) for touch in notice().touches)
        yield pytest.param(notice(**dict.fromkeys(fields, text), touches=touches, held=(Held(text, 60),)), id=name)


@pytest.mark.parametrize("told", list(hostile_notices()))
def test_a01_to_a11_no_crm_text_notifies_formats_links_or_exceeds_a_limit_in_slack(told: Notice) -> None:
    for payload in (
        slack_alert([told], AS_OF),
        slack_alert([told] * 9, AS_OF),
        slack_alert([replace(told, kind="corrected", state="met")], AS_OF),
        slack_reply([replace(told, kind="answered late")]),
    ):
        assert heard(payload) == []
        assert all(map(acceptable, payload["blocks"]))
        assert len(json.dumps(payload["blocks"], ensure_ascii=False)) < 13_000
        assert len(payload["text"]) < 4_000
        assert "mrkdwn" not in json.dumps(payload)
        json.dumps(payload, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("told", list(hostile_notices()))
def test_a12_to_a20_no_crm_text_becomes_markup_a_header_or_a_template_in_mail(told: Notice) -> None:
    for payload in (email_alert([told], AS_OF), email_alert([told] * 9, AS_OF)):
        page, usual = (
            hostile.Page(payload["html"]),
            hostile.Page(email_alert([notice()] if "leads" not in payload["subject"] else notices(9), AS_OF)["html"]),
        )
        assert set(page.tags) <= set(usual.tags)
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert {value for name, value in page.attributes if name == "href"} <= {"https://crm.example.com/lead/00Q1"}
        assert not any(letter in payload["subject"] for letter in "\r\n\v\x85\u2028\u2029")
        assert len(payload["html"].encode()) < 100_000


def test_a20_data_is_never_a_template() -> None:
    assert "{{ ''.__class__ }} {% for x" in unescape(email_alert([notice(company=hostile.TEXTS["a20 template"])], AS_OF)["html"])


@pytest.mark.parametrize("name", hostile.LINKS)
def test_a15_a_lead_with_a_crooked_address_has_no_link(name: str) -> None:
    told = notice(link=hostile.LINKS[name])
    assert '"link"' not in json.dumps(slack_alert([told], AS_OF))
    assert "<a " not in email_alert([told], AS_OF)["html"]


def test_a07_ten_thousand_leads_are_one_message() -> None:
    payload = slack_alert(notices(10_000), AS_OF, APP)
    assert "and 9,995 more · See all" in lines(payload)
    assert len(json.dumps(payload)) < 13_000


def test_in_a_warning_about_many_each_line_says_when_its_lead_is_over_and_the_headline_counts_them() -> None:
    many = [notice(kind="warning", cycle_id=f"c{number}", lead=f"00Q{number}", lead_name=f"Person {number}") for number in range(2)]
    in_time = replace(many[0], kind="cleared", state="met", answered_at=at("2026-11-16T08:50:00"))
    passed = replace(many[1], kind="cleared", state="breached")
    first = with_news(slack_alert(many, AS_OF), [in_time], AS_OF)
    assert lines(first)[0] == "! Due soon: 2 leads, 1 over"
    assert "~Person 0, Acme AG~ ✓ Answered in time." in lines(first)
    assert lines(with_news(first, [passed], AS_OF))[0].endswith("No longer due: 2 leads")
    assert "~Person 1, Acme AG~ – The target has passed." in lines(with_news(first, [passed], AS_OF))
