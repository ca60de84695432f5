"""News of single leads of a message about many: each one's line is struck and says what became of it, and the headline counts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slamon.core.alerts import Notice
from slamon.core.telling.rereading import LATER
from slamon.messages import slack_blocks as slack
from slamon.messages.alert_groups import THANKS_TO_ALL, THANKS_TO_ONE, WORST_FIRST
from slamon.messages.alert_states import is_settled, state_of
from slamon.messages.alert_words import AlertedLead, because, data_as_of, news_of, who
from slamon.messages.escaping import link, shown
from slamon.messages.known_leads import short
from slamon.messages.wording import MARKS, moment, plural

BULLET, NEWS = "•", ": "
WARNED = "Due soon"
LINES, ABOUT = "lines", "about"
"""What a payload about many says beside what Slack shows: where each cycle's line is, and what its headline counts."""


def line_marks(leads: Sequence[AlertedLead], first: int = 0) -> dict[str, int]:
    """Which line of the list is each cycle's, where the first lead is line ``first``."""
    return {short(lead.cycle_id): place for place, lead in enumerate(leads, first) if lead.cycle_id}


def is_listed(payload: Mapping[str, Any], notice: Notice) -> bool:
    """Whether a message names the notice's cycle in a line of its own, or counts it in its headline."""
    return ABOUT in payload or short(notice.cycle_id) in payload.get(LINES, {})


def counted(mark: str, headline: str, notices: Sequence[Notice], *, personal: bool) -> dict[str, Any]:
    """What the headline counts: the words before the figure, how many leads, which are settled; and who reads it."""
    settled = sorted({short(notice.cycle_id) for notice in notices if is_settled(notice)})
    return {"mark": mark, "state": headline.partition(":")[0], "leads": len(notices), "settled": settled, "personal": personal}


def with_news(payload: Mapping[str, Any], news: Sequence[Notice], as_of: int) -> dict[str, Any]:
    """The payload that edits a message about many, or a further list of its leads, so that it says the news of some of them.

    Of the others it says what holds at any time: it is read later than the message that it edits.
    """
    payload = {name: value for name, value in payload.items() if name != LATER} | payload.get(LATER, {})
    told = {short(notice.cycle_id): notice for notice in news}
    changed = {payload[LINES][cycle]: notice for cycle, notice in told.items() if cycle in payload[LINES]}
    blocks = [_with_lines(block, changed) for block in payload["blocks"]]
    edited = dict(payload) | {"mode": "update", "blocks": blocks}
    return _with_headline(edited, told, as_of) if ABOUT in payload else edited


def _with_lines(block: dict[str, Any], changed: Mapping[int, Notice]) -> dict[str, Any]:
    if block["type"] != "rich_text":
        return block
    parts = block["elements"]
    if len(parts) == 1:  # a list in the thread
        return slack.rich(slack.section(_each(slack.lines_of(parts[0]), changed, _in_short)))
    return slack.rich(*(_listed(part, changed) for part in parts))


def _listed(part: dict[str, Any], changed: Mapping[int, Notice]) -> dict[str, Any]:
    if part["type"] != "rich_text_list":
        return part
    return slack.bullets(_each([item["elements"] for item in part["elements"]], changed, _in_full))


Written = list[slack.Piece]


def _each(lines: Sequence[Written], changed: Mapping[int, Notice], edited: Callable[[Written, Notice], Written]) -> list[Written]:
    return [edited(line, changed[place]) if place in changed else line for place, line in enumerate(lines)]


def _in_full(pieces: Written, notice: Notice) -> Written:
    """The lead by its name, struck where its news is good, else with its link; and the news."""
    settled, address = is_settled(notice) and not notice.asks, link(notice.link)
    named = slack.words(_name_in(pieces[0]["text"]), strike=settled)
    open_it = [slack.words(" · "), slack.leading_to(address, shown(notice.lead, 40) or "Open")] if address and not settled else []
    return [named, *open_it, slack.words(f" {MARKS[state_of(notice)[0]]} {_news(notice)}")]


def _news(notice: Notice) -> str:
    """What became of one lead; thanks stand once, in the thread or under the list."""
    if notice.kind == "answered late":
        return f"Answered {moment(notice.answered_at, notice.timezone)}."
    if notice.kind == "cleared":
        return f"{state_of(notice)[1]}.{' A call would be appreciated, please.' if notice.asks else ''}"
    return f"{state_of(notice)[1]}{because(notice)}."


def _name_in(line: str) -> str:
    return line.partition(" · ")[0]


def _in_short(pieces: Written, notice: Notice) -> Written:
    """The lead by its name, and the news in few words, so that a long list still fits."""
    mark, state = state_of(notice)
    said, first = pieces[0]["text"], pieces[0]["text"].startswith(BULLET)
    name = _name_in(said[2:]) if first else said[2:].rpartition(NEWS)[0]
    return [slack.words(f"{MARKS[mark]} {name}{NEWS}{state[:1].lower()}{state[1:]}")]


def _with_headline(payload: dict[str, Any], told: Mapping[str, Notice], as_of: int) -> dict[str, Any]:
    """The headline, the ask and the age of the data as they are once these news are told."""
    known, last = payload[ABOUT], list(told.values())[-1]
    settled = sorted({*known["settled"], *told} - {cycle for cycle, notice in told.items() if not is_settled(notice)})
    leads, whole = plural(known["leads"], "lead"), len(settled) >= known["leads"]
    warned = known["state"] == WARNED
    done = f", {len(settled):,} {'over' if warned else 'settled'}" if settled else ""
    headline = f"{'No longer due' if warned else 'Settled'}: {leads}" if whole else f"{known['state']}: {leads}{done}"
    first, *middle, notes = payload["blocks"]
    thanks = THANKS_TO_ONE if known["personal"] else THANKS_TO_ALL
    edited = slack.payload(
        f"{headline}. {who(last)}: {news_of(last)}",
        [
            first | slack.header(f"{MARKS['kept' if whole else known['mark']]} {headline}"),
            *([_over(block, thanks) for block in middle] if whole else middle),
            _of_now(notes, data_as_of(last, as_of)),
        ],
        mode="update",
    )
    return payload | {"text": edited["text"], "blocks": edited["blocks"], ABOUT: known | {"settled": settled}}


def _over(block: dict[str, Any], thanks: str) -> dict[str, Any]:
    """The same block with thanks where it asked for something, and without the order of what was open."""
    if block["type"] != "rich_text" or len(block["elements"]) < 2:  # noqa: PLR2004 - what asks stands under the list
        return block
    first, *rest = block["elements"][:-1]
    lines = [[_unordered(piece) for piece in line] for line in slack.lines_of(first)]
    return block | {"elements": [slack.section(lines), *rest, slack.section([[slack.words(thanks, bold=True)]])]}


def _unordered(piece: slack.Piece) -> slack.Piece:
    return piece | {"text": piece["text"].removesuffix(WORST_FIRST)} if piece["type"] == "text" else piece


def _of_now(notes: dict[str, Any], now: str) -> dict[str, Any]:
    """The fine print with the age of the data of this edition."""
    told = [note | {"text": now} if note["text"].startswith(now.split(" ", 1)[0] + " ") else note for note in notes["elements"]]
    return notes | {"elements": told}
