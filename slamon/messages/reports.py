"""The three reports as Slack messages and as mail; what they say is decided once for both, in daily, weekly and monthly."""

from typing import Any

from slamon.core.scorecards import DailyNote, MonthlyCompliance, WeeklyScorecard
from slamon.messages.daily import daily_page
from slamon.messages.mail import page_mail
from slamon.messages.monthly import monthly_page
from slamon.messages.page import Page
from slamon.messages.slack_blocks import page_blocks, payload
from slamon.messages.weekly import weekly_page


def daily_slack(note: DailyNote) -> dict[str, Any]:
    """The daily note as a Slack payload."""
    return _slack(daily_page(note))


def daily_email(note: DailyNote) -> dict[str, Any]:
    """The daily note as a mail payload."""
    return page_mail(daily_page(note))


def weekly_slack(card: WeeklyScorecard) -> dict[str, Any]:
    """The weekly scorecard as a Slack payload of at most twelve blocks."""
    return _slack(weekly_page(card))


def weekly_email(card: WeeklyScorecard) -> dict[str, Any]:
    """The weekly scorecard as a mail payload."""
    return page_mail(weekly_page(card))


def monthly_slack(mail: MonthlyCompliance) -> dict[str, Any]:
    """The monthly compliance report as a Slack payload."""
    return _slack(monthly_page(mail))


def monthly_email(mail: MonthlyCompliance) -> dict[str, Any]:
    """The monthly compliance report as a mail payload; the subject is the answer."""
    return page_mail(monthly_page(mail))


def _slack(page: Page) -> dict[str, Any]:
    return payload(" ".join((f"{page.title}.", *page.verdict)), page_blocks(page), [page.picture] if page.picture else [])
