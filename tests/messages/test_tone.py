"""Our own words ask, thank and support; they never order and never threaten."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import slamon.core
import slamon.messages
from slamon.core.alerts import BulkImport, NoticeKind, Recipient
from slamon.core.alerts.corrections import Turn, why
from slamon.core.telling import Silence
from slamon.core.working_time.instants import DAY
from slamon.jobs.troubles import _given_up
from slamon.jobs.troubles.causes import Cause
from slamon.messages.alert_groups import Gathered
from slamon.messages.alerts import baseline_message, email_alert, silence_message, slack_alert, slack_lists, slack_reply
from slamon.messages.line_edits import with_news
from slamon.messages.operator import operator_message
from slamon.messages.operator import test_message as send_test
from slamon.messages.reports import daily_email, monthly_email, weekly_email
from slamon.store.outbox.troubles import GivenUp
from tests.messages.figures import AS_OF, DAILY, MONTHLY, WEEKLY, notice, notices

BANNED = re.compile(r"\bI\b|(?i:\b(?:but|must|need|needs|mandatory|failure|failed|blame|fault|immediately|asap|warning)\b)")
FOLDER = Path(slamon.messages.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.j2"))
QUIET = {"SQL: Sales has spoken with the buyer: need, budget and a next meeting are known."}  # the customer's own sentence


def own_words(path: Path) -> list[str]:
    """Texts in a module that people may read: those with a space, outside docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    loose = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = {node: node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return [text for node, text in texts.items() if node not in documentation | loose and " " in text.strip()]


def visible(template: str) -> str:
    """A template's own words, without tags, styles and expressions."""
    return re.sub(r"(?s)<style>.*?</style>|<[^>]*>|\{[{%#].*?[}%#]\}", " ", template)


CORE = Path(slamon.core.__file__).parent
ROOM = FOLDER.parent
ELSEWHERE = (
    "core/alerts/routing.py", "core/facts/event_words.py", "core/alerts/corrections.py", "core/alerts/notices.py", "core/alerts/quota_notices.py", "core/masking.py",
    "jobs/announcing/__init__.py", "jobs/report/due_reports.py", "jobs/troubles/__init__.py", "jobs/troubles/causes.py", "jobs/troubles/refused.py", "jobs/troubles/stuck_causes.py", "jobs/troubles/source_troubles.py", "jobs/report/__init__.py", "jobs/announcing/rehearse.py", "jobs/announcing/alert_drafts.py", "jobs/announcing/follow_ups.py", "jobs/deliver/unsubscribed.py", "jobs/deliver/amending.py",
    "channels/slack.py", "channels/slack_page.py", "channels/preview.py", "store/outbox/rereading.py", "commands/silencing.py", "commands/ruling.py",
    "commands/outboxes.py",
)  # fmt: skip
SPEAKING = (*sorted(FOLDER.glob("*.py")), *sorted((CORE / "telling").glob("*.py")), *(ROOM / name for name in ELSEWHERE))
"""Where the sentences are that messages, routes and explanations show."""
ON_THE_SCREEN = ("terminal/backtested.py", "definition_files/load.py", "definition_files/proposals.py")
"""They borrow figures in words for whoever types a command; mistakes in files are told there as mistakes."""


def test_whatever_makes_messages_is_looked_at() -> None:
    """A module that dresses words for people, or queues them, is among those whose words are looked at."""
    makes = re.compile(r"slamon\.messages|\bDraft\(")
    named = {path.resolve() for path in SPEAKING} | {(ROOM / name).resolve() for name in ON_THE_SCREEN}
    makers = [path for path in sorted(ROOM.rglob("*.py")) if makes.search(path.read_text(encoding="utf-8"))]
    assert [str(path.relative_to(ROOM)) for path in makers if path.resolve() not in named] == []


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_sentence_in_the_code_orders_or_threatens(path: Path) -> None:
    assert [text for text in own_words(path) if BANNED.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_orders_or_threatens(path: Path) -> None:
    assert BANNED.findall(visible(path.read_text(encoding="utf-8"))) == []


def grouped_words() -> list[str]:
    """Messages about several leads, however they came together, for one person and for a channel."""
    ways = (Gathered(), Gathered(digest=True, since=AS_OF - DAY), Gathered(away_since=AS_OF - DAY), Gathered(listed=True))
    many = notices(9)
    of_kinds = [[replace(each, kind=kind) for each in many] for kind in ("warning", "breach", "escalation", "reminder", "answered late")]
    instead = tuple(Recipient("slack", "#sla", "team channel", instead=why) for why in ("Rita is away", "nobody holds it yet"))
    told = [slack_alert(each, AS_OF, personal=personal, gathered=way) for each in of_kinds for way in ways for personal in (True, False)]
    told += [slack_alert([replace(many[0], recipients=(each,))], AS_OF) for each in instead]
    told += [*slack_lists(many), silence_message(Silence(1, "team", "emea", AS_OF, AS_OF + DAY, "ana", "trade fair"), AS_OF)]
    bulk = BulkImport("import", "Iris", AS_OF - DAY, 300)
    told += [slack_alert([replace(each, bulk=bulk) for each in many], AS_OF)]
    return [json.dumps([message["text"], message["blocks"]], ensure_ascii=False).replace('"text"', "") for message in told]


def edited_words() -> list[str]:
    """What became of leads of one message, line by line, in the post, in the lists of its thread, and in one answer."""
    many = notices(14)
    kinds: tuple[tuple[NoticeKind, str], ...] = (
        ("answered late", "breached"),
        ("corrected", "met"),
        ("corrected", "excused"),
        ("corrected", "breached"),
    )
    news = [replace(each, kind=kinds[number % 4][0], state=kinds[number % 4][1]) for number, each in enumerate(many)]
    whole = [replace(each, kind="answered late") for each in many]
    told = [slack_reply(news), slack_reply(whole)]
    for first in (slack_alert(many, AS_OF), slack_alert(many, AS_OF, personal=True), *slack_lists(many[5:])):
        told += [with_news(first, each, AS_OF) for each in (news, whole)]
    return [json.dumps([message["text"], message["blocks"]], ensure_ascii=False).replace('"text"', "") for message in told]


def operators_words() -> list[str]:
    """What the operator and those who look after reports hear."""
    told = [send_test(channel, AS_OF, "UTC")["text"] for channel in ("slack", "email")]
    told += [operator_message("slack", cause.headline, cause.lines, cause.ask, AS_OF, "UTC")["text"] for cause in [given_up_cause()]]
    return [*told, given_up_cause().ask]


def given_up_cause() -> Cause:
    letter = GivenUp("0123456789ab", "email", "ana@example.com", "escalation", "given up after 3 attempts: 550", 3)
    return _given_up("email", letter.error, [letter] * 7, {letter.destination: "7001 (***@example.com)"})


def test_no_message_as_it_is_sent_orders_or_threatens() -> None:
    kinds: tuple[NoticeKind, ...] = ("warning", "breach", "escalation", "reminder", "answered late", "corrected", "cleared")
    told = [slack_alert([notice(kind=kind)], AS_OF)["text"] for kind in kinds] + [
        email_alert([notice(kind=kind)], AS_OF)["text"] for kind in kinds
    ]
    told += [slack_reply([notice(kind=kind)])["text"] for kind in ("answered late", "corrected", "cleared", "unstable")]
    told += [
        slack_reply([notice(kind="corrected", state=state)])["text"] for state in ("met", "breached", "cancelled", "excused", "withdrawn")
    ]
    turns = (Turn(facts=True), Turn(facts=True, merged=True, terms=True), Turn(terms=True), Turn())
    told += [
        slack_alert([notice(kind=kind, state=state, why=why(turn), cause=cause)], AS_OF)["text"]
        for kind in ("cleared", "corrected", "breach")
        for state in ("met", "breached", "excused", "cancelled")
        for turn in turns
        for cause in ("owner", "routing", "coverage", "data late")
    ]
    told += [slack_alert([replace(notice(kind=kind), lead="")], AS_OF)["text"] for kind in ("warning", "breach")]
    told += [email_alert(notices(9), AS_OF)["text"], baseline_message([("Demo", 1, 2)], AS_OF, AS_OF)["text"]]
    told += grouped_words() + edited_words() + operators_words()
    told += [daily_email(DAILY)["text"], weekly_email(WEEKLY)["text"], monthly_email(MONTHLY)["text"]]
    said = [line for text in told for line in text.splitlines() if line not in QUIET]
    assert [line for line in said if BANNED.search(line)] == []
    assert any("please" in line for line in said)
    assert any("Thank you" in line for line in said)
