"""The fake Slack by hand: a fault that is mistyped is refused with what can be written, and one that is not happens once."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from slamon.channels import DeliveryError, SlackChannel
from tests.faults.clock import MONDAY
from tests.faults.fake_slack import TOKEN, SlackWorkspace, slack_workspace


def plant(slack: SlackWorkspace, body: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(slack.address).netloc, timeout=5)
    connection.request("POST", "/faults", body)
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"method": "nonsense", "kind": "eror"}, "method 'nonsense' is never asked for; write one of auth.test"),
        ({"method": "chat.postMessage", "kind": "eror"}, "kind 'eror' is none; write one of reset"),
        ({"method": "chat.postMessage", "kind": "error"}, "error takes a value"),
        ({"method": "chat.postMessage", "kind": "status", "value": "soon"}, "such as 503"),
        ({"method": "chat.postMessage", "kind": "error", "value": 503}, "value 503 is none; stored is true or false"),
        (
            {"method": "chat.postMessage", "kind": "fine", "late_s": "3"},
            "late_s '3' is none; stored is true or false, late_s a number of seconds",
        ),
        ({"method": "chat.postMessage", "knd": "reset"}, "write method and kind"),
        (["chat.postMessage"], "write method and kind"),
    ],
)
def test_a_fault_that_is_mistyped_is_not_planted_and_says_what_can_be_written(typed: object, said: str) -> None:
    with slack_workspace(lambda: MONDAY) as slack:
        status, words = plant(slack, json.dumps(typed))
        assert (status, words.startswith("not planted: "), said in words, slack.faults) == (400, True, True, [])
        assert plant(slack, "{")[0] == 400


def test_a_fault_that_was_planted_by_hand_happens_once() -> None:
    with slack_workspace(lambda: MONDAY) as slack:
        assert plant(slack, json.dumps({"method": "auth.test", "kind": "error", "value": "token_revoked"})) == (200, "planted\n")
        channel = SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")
        with pytest.raises(DeliveryError, match="token_revoked"):
            channel.examine()
        assert channel.examine() == "Slack: slamon in Northwind"
