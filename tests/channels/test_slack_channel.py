"""Slack: one request an attempt, each failure called by its right name, and arrivals found by their mark."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

from slamon.channels import DeliveryError, Examinable, Failure, Finder, Outgoing, SlackChannel
from slamon.channels.slack_answers import waiting
from slamon.messages.alerts import baseline_message, slack_alert, slack_reply
from slamon.messages.reports import daily_slack, monthly_slack, weekly_slack
from tests.channels.fake_slack import TOKEN, Fault, Workspace, heard
from tests.messages import figures

Make = Callable[..., Outgoing]


def failure_of(channel: SlackChannel, outgoing: Outgoing) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(outgoing)
    return caught.value


def test_a_post_carries_the_deliverys_mark_and_nothing_that_unfurls(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make
) -> None:
    outgoing = posted()
    assert slack_channel.send(outgoing) == {"channel": "C0EMEA0001", "ts": workspace.messages[0]["ts"]}
    asked = workspace.requests[0][1]
    assert asked["metadata"] == {"event_type": "slamon_delivery", "event_payload": {"delivery_id": outgoing.delivery_id}}
    assert asked["client_msg_id"] == outgoing.delivery_id
    assert (asked["unfurl_links"], asked["unfurl_media"], asked["mrkdwn"], asked["parse"]) == (False, False, False, "none")
    assert "link_names" not in asked


def test_an_edit_and_an_answer_go_to_the_message_they_follow(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    first = slack_channel.send(posted())
    assert slack_channel.send(posted(2, previous=first, text="Answered late", mode="update")) == first
    assert slack_channel.send(posted(3, previous=first, text="Thank you", mode="reply"))["channel"] == first["channel"]
    assert [each["text"] for each in workspace.messages] == ["Answered late", "Thank you"]
    assert workspace.messages[1]["thread_ts"] == first["ts"]


def test_f19_an_edit_of_a_deleted_message_is_posted_anew(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    first = slack_channel.send(posted())
    workspace.messages.clear()
    assert slack_channel.send(posted(2, previous=first, text="Answered late", mode="update"))["ts"] == workspace.messages[0]["ts"]


@pytest.mark.parametrize("stored", [True, False], ids=["slack took it", "slack did not take it"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", "reset"),
        Fault("chat.postMessage", "disconnect"),
        Fault("chat.postMessage", "half body"),
        Fault("chat.postMessage", "body", value="<html>502 Bad Gateway</html>"),
        Fault("chat.postMessage", "body", value='{"ok": tru'),
        Fault("chat.postMessage", "body", value="[1]"),
        Fault("chat.postMessage", "body", value='"ok"'),
        Fault("chat.postMessage", "body", value='{"ok": true}'),
        Fault("chat.postMessage", "body", value="[" * 100_000),
        Fault("chat.postMessage", "body", value="NaN"),
        Fault("chat.postMessage", "body", value='{"ok": 1e999999999, "ok": NaN, "ok": {"ok": true}}'),
        Fault("chat.postMessage", "body", value="\udcff\udcfe"),
        Fault("chat.postMessage", "body", value='{"ok": ' + "9" * 5000 + "}"),
        *(Fault("chat.postMessage", "status", value=status) for status in ("500", "502", "503", "504")),
        *(
            Fault("chat.postMessage", "error", value=code)
            for code in ("fatal_error", "internal_error", "service_unavailable", "request_timeout")
        ),
    ],
    ids=lambda fault: f"{fault.kind} {fault.value[:20]}",
)
def test_f10_f11_f12_an_answer_that_leaves_it_open_is_ambiguous_after_exactly_one_request(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, fault: Fault, stored: bool
) -> None:
    workspace.faults.append(Fault(fault.method, fault.kind, stored, fault.value))
    outgoing = posted()
    assert failure_of(slack_channel, outgoing).failure is Failure.AMBIGUOUS
    assert workspace.asked("chat.postMessage") == 1
    found = slack_channel.find(outgoing)
    assert found == ({"channel": "C0EMEA0001", "ts": workspace.messages[0]["ts"]} if stored else None)


def test_a_hanging_answer_is_ambiguous_after_ten_seconds_at_most(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert slack_channel._client.timeout == 10
    monkeypatch.setattr(slack_channel._client, "timeout", 0.3)
    workspace.faults.append(Fault("chat.postMessage", "hang"))
    before = time.monotonic()
    assert failure_of(slack_channel, posted()).failure is Failure.AMBIGUOUS
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("invalid_auth", Failure.CLOSED),
        ("account_inactive", Failure.CLOSED),
        ("token_revoked", Failure.CLOSED),
        ("missing_scope", Failure.CLOSED),
        ("thread_not_found", Failure.PERMANENT),
        ("some_code_of_next_year", Failure.DEFINITE),
        ("rate_limited", Failure.RATE_LIMITED),
    ],
)
def test_f16_a_refusal_is_called_by_what_mends_it(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, code: str, failure: Failure
) -> None:
    workspace.faults.append(Fault("chat.postMessage", "error", value=code))
    assert failure_of(slack_channel, posted()).failure is failure


def test_a_server_that_is_not_there_is_a_definite_failure(posted: Make) -> None:
    nowhere = SlackChannel(TOKEN, "http://127.0.0.1:1/api/", "#sla")
    assert failure_of(nowhere, posted()).failure is Failure.DEFINITE


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("1", 1), ("30", 30), ("3600", 3600), ("1000000000", 3600), ("", 60), ("-5", 60), ("abc", 60), ("0", 60), ("٣", 60), ("9" * 40, 60), ("Wed, 21 Oct 2026 07:28:00 GMT", 60)],
)  # fmt: skip
def test_f13_retry_after_is_read_defensively(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, header: str, seconds: float
) -> None:
    assert waiting({"retry-after": header} if header else {}) == seconds
    if header.isascii():
        workspace.faults.append(Fault("chat.postMessage", "rate limit", value=header))
        error = failure_of(slack_channel, posted())
        assert (error.failure, error.retry_after_s) == (Failure.RATE_LIMITED, seconds)
        assert workspace.asked("chat.postMessage") == 1


def test_f17_a_destination_that_is_gone_falls_back_to_the_default_channel_with_a_note(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make
) -> None:
    workspace.archived.add("C0EMEA0001")
    sent = slack_channel.send(posted())
    assert (sent["channel"], sent["instead_of"], sent["reason"]) == ("C0DEFAULT1", "#sales-emea", "is_archived")
    assert "#sales-emea" in workspace.messages[0]["blocks"][-1]["elements"][0]["text"]


def test_f17_without_the_default_channel_the_operator_has_to_mend(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    workspace.archived |= {"C0EMEA0001", "C0DEFAULT1"}
    error = failure_of(slack_channel, posted())
    assert (error.failure, error.reason) == (Failure.PERMANENT, "is_archived")


def test_f18_blocks_that_slack_cannot_read_go_out_as_plain_text(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    slack_channel.send(
        posted(payload={"mode": "post", "text": "Past target: Jane Roe", "blocks": [{"type": "no such block"}], "images": []})
    )
    assert [(each["text"], each["blocks"]) for each in workspace.messages] == [("Past target: Jane Roe", [])]


@pytest.mark.parametrize("mode", ["post", "update"])
def test_f18_what_slack_refuses_as_plain_text_as_well_it_refuses_for_ever(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, mode: str
) -> None:
    first = slack_channel.send(posted())
    method = "chat.update" if mode == "update" else "chat.postMessage"
    workspace.faults += [Fault(method, "error", value="invalid_blocks"), Fault(method, "error", value="msg_too_long")]
    error = failure_of(slack_channel, posted(2, previous=first, mode=mode, text="Past target. " * 400))
    assert (error.failure, error.reason) == (Failure.PERMANENT, "msg_too_long")
    assert len(workspace.requests[-1][1]["text"]) < 4_000


def test_a_picture_is_uploaded_to_no_channel_and_shown_in_the_one_post(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make
) -> None:
    slack_channel.send(posted(picture=True))
    (file,) = workspace.files.values()
    assert (file["complete"], file["shared"], file["name"]) == (True, None, "chart.png")
    assert workspace.messages[0]["blocks"][-1] == {"type": "image", "slack_file": {"id": "F0FILE00000"}, "alt_text": "38 of 100 so far"}


def test_a_picture_that_slack_has_not_digested_waits_and_is_not_uploaded_twice(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make
) -> None:
    workspace.undigested_posts = 1
    error = failure_of(slack_channel, posted(picture=True))
    assert (error.failure, error.retry_after_s) == (Failure.DEFINITE, 5)
    slack_channel.send(posted(picture=True))
    assert (len(workspace.files), len(workspace.messages), workspace.asked("chat.postMessage")) == (1, 1, 2)


def test_a_picture_that_slack_never_digests_does_not_hold_back_the_words(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make
) -> None:
    workspace.undigested_posts = 9
    failure_of(slack_channel, posted(picture=True))
    slack_channel.send(posted(picture=True))
    assert workspace.messages[0]["text"] == "Past target: Jane Roe"


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_whatever_goes_wrong_before_the_post_is_definite(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, method: str
) -> None:
    workspace.faults.append(Fault(method, "reset", stored=True))
    assert failure_of(slack_channel, posted(picture=True)).failure is Failure.DEFINITE
    assert workspace.messages == []


def test_a44_only_our_own_bots_mark_counts_as_arrived(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    outgoing = posted()
    slack_channel.send(outgoing)
    workspace.messages[0]["bot_id"] = "B0SOMEONE"
    assert slack_channel.find(outgoing) is None


def test_a_message_is_found_on_later_pages_and_in_threads(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    first = slack_channel.send(posted(1))
    answer = slack_channel.send(posted(2, previous=first, mode="reply"))
    for number in range(3, 12):
        slack_channel.send(posted(number))
    assert slack_channel.find(posted(1)) == first
    assert slack_channel.find(posted(2, previous=first, mode="reply")) == answer
    assert slack_channel.find(posted(99)) is None


def test_a_message_that_went_to_the_default_channel_is_found_there(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    workspace.channels.pop("#sales-emea")
    workspace.channels["#renamed"] = "C0EMEA0001"
    with pytest.raises(DeliveryError) as caught:
        slack_channel.find(posted())
    assert caught.value.failure is Failure.PERMANENT


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel"])
def test_without_the_right_to_read_it_can_never_be_told(slack_channel: SlackChannel, workspace: Workspace, posted: Make, code: str) -> None:
    workspace.faults.append(Fault("conversations.history", "error", value=code))
    with pytest.raises(DeliveryError) as caught:
        slack_channel.find(posted())
    assert caught.value.failure is Failure.PERMANENT


def test_a_reading_that_breaks_off_cannot_be_told_now(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    workspace.faults.append(Fault("conversations.history", "reset"))
    with pytest.raises(DeliveryError) as caught:
        slack_channel.find(posted())
    assert caught.value.failure is not Failure.PERMANENT


def test_a_person_is_told_in_the_conversation_with_them(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    outgoing = posted(destination="U0PERSON1")
    assert slack_channel.send(outgoing) == slack_channel.find(outgoing)


def test_a_person_known_by_mail_address_is_looked_up_once(slack_channel: SlackChannel, workspace: Workspace, posted: Make) -> None:
    for number in (1, 2):
        assert slack_channel.send(posted(number, destination="ana@example.com"))["channel"] == "D0PERSON01"
    assert workspace.asked("users.lookupByEmail") == 1
    assert slack_channel.find(posted(2, destination="ana@example.com")) is not None


def test_a53_somebody_whom_slack_does_not_know_is_looked_up_once_and_the_default_channel_hears_it(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make
) -> None:
    for number in (1, 2):
        sent = slack_channel.send(posted(number, destination="nobody@example.com"))
        assert (sent["channel"], sent["instead_of"], sent["reason"]) == ("C0DEFAULT1", "nobody@example.com", "user_not_found")
    assert workspace.asked("users.lookupByEmail") == 1
    assert slack_channel.find(posted(1, destination="nobody@example.com")) is not None


@pytest.mark.parametrize("fault", ["reset", "status"])
def test_a_lookup_that_breaks_off_leaves_nothing_posted(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, fault: str
) -> None:
    workspace.faults.append(Fault("users.lookupByEmail", fault, value="500"))
    assert failure_of(slack_channel, posted(destination="ana@example.com")).failure is Failure.DEFINITE
    assert workspace.messages == []


def test_it_says_whom_it_reaches_without_sending_anything(slack_channel: SlackChannel, workspace: Workspace) -> None:
    assert isinstance(slack_channel, Finder)
    assert isinstance(slack_channel, Examinable)
    assert slack_channel.examine() == "Slack: slamon in Northwind"
    assert workspace.messages == []


@pytest.mark.parametrize("fault", ["reset", "half body", "status", "error"])
def test_a59_no_error_and_no_log_line_shows_the_token(
    workspace: Workspace, posted: Make, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    channel = SlackChannel(TOKEN, f"{workspace.address}/api/", "#sla")
    workspace.faults.append(Fault("chat.postMessage", fault, value="500" if fault == "status" else "invalid_auth"))
    error = failure_of(channel, posted())
    causes: list[BaseException] = [error]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    assert TOKEN not in caplog.text + " ".join(map(str, causes))


def every_payload() -> dict[str, dict[str, Any]]:
    return {
        "one alert": slack_alert([figures.notice()], figures.AS_OF, figures.APP),
        "many alerts": slack_alert(figures.notices(400), figures.AS_OF, figures.APP),
        "a warning": slack_alert([figures.notice(kind="warning", state="at_risk")], figures.AS_OF),
        "an escalation": slack_alert([figures.notice(kind="escalation")], figures.AS_OF),
        "good news": slack_alert([figures.notice(kind="answered late")], figures.AS_OF),
        "a reply": slack_reply([figures.notice(kind="corrected", state="met")]),
        "the baseline": baseline_message([("Demo requests", 4, 12)], figures.AS_OF, figures.AS_OF),
        "daily": daily_slack(figures.DAILY),
        "weekly": weekly_slack(figures.WEEKLY),
        "monthly": monthly_slack(figures.MONTHLY),
    }


@pytest.mark.parametrize("name", every_payload().keys())
def test_slack_takes_every_message_that_we_make_and_nobody_is_notified_by_it(
    slack_channel: SlackChannel, workspace: Workspace, posted: Make, name: str
) -> None:
    payload = every_payload()[name] | {"mode": "post"}
    slack_channel.send(posted(payload=payload))
    (seen,) = workspace.messages
    assert len(seen["blocks"]) == len(payload["blocks"])
    assert heard(seen) == []
