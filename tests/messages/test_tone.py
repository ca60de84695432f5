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
from slamon.core.instants import DAY
from slamon.core.telling import Silence
from slamon.messages.alert_groups import Gathered
from slamon.messages.alerts import baseline_message, email_alert, silence_message, slack_alert, slack_lists, slack_reply
from slamon.messages.reports import daily_email, monthly_email, weekly_email
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
SPEAKING = (*sorted(FOLDER.glob("*.py")), *sorted((CORE / "telling").glob("*.py")), CORE / "routing.py", CORE / "event_words.py")
"""Where the sentences are that messages, routes and explanations show."""


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: path.name)
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


def test_no_message_as_it_is_sent_orders_or_threatens() -> None:
    kinds: tuple[NoticeKind, ...] = ("warning", "breach", "escalation", "reminder", "answered late", "corrected")
    told = [slack_alert([notice(kind=kind)], AS_OF)["text"] for kind in kinds] + [
        email_alert([notice(kind=kind)], AS_OF)["text"] for kind in kinds
    ]
    told += [slack_reply([notice(kind=kind)])["text"] for kind in ("answered late", "corrected", "unstable")]
    told += [
        slack_reply([notice(kind="corrected", state=state)])["text"] for state in ("met", "breached", "cancelled", "excused", "withdrawn")
    ]
    told += [slack_alert([replace(notice(kind=kind), lead="")], AS_OF)["text"] for kind in ("warning", "breach")]
    told += [email_alert(notices(9), AS_OF)["text"], baseline_message([("Demo", 1, 2)], AS_OF, AS_OF)["text"]]
    told += grouped_words()
    told += [daily_email(DAILY)["text"], weekly_email(WEEKLY)["text"], monthly_email(MONTHLY)["text"]]
    said = [line for text in told for line in text.splitlines() if line not in QUIET]
    assert [line for line in said if BANNED.search(line)] == []
    assert any("please" in line for line in said)
    assert any("Thank you" in line for line in said)
