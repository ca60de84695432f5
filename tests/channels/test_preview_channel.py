"""Without Slack or mail every message is a file to look at, and no name or text of others chooses where or what it does."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from slamon.channels import Outgoing, PreviewChannel
from slamon.messages.alerts import email_alert, slack_alert, slack_reply
from slamon.messages.reports import weekly_email, weekly_slack
from tests.messages import figures, hostile

Make = Callable[..., Outgoing]


def mail(number: int = 1) -> Outgoing:
    return Outgoing(
        f"00000000-0000-5000-8000-{number:012d}", "email", "ana@example.com", "report", weekly_email(figures.WEEKLY), figures.AS_OF
    )


def test_a_slack_message_becomes_a_page_its_payload_and_its_picture(folder: Path, posted: Make) -> None:
    files = PreviewChannel(folder).send(posted(payload=weekly_slack(figures.WEEKLY)))["files"]
    page, record, picture, index = (Path(each) for each in files)
    assert "SLA scorecard · Week 46 of 2026" in page.read_text()
    assert f'<img src="{picture.name}"' in page.read_text()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert json.loads(record.read_text())["destination"] == "#sales-emea"
    assert index == folder / "index.html"


def test_a_mail_is_framed_with_its_subject_and_recipient_and_shows_its_picture(folder: Path) -> None:
    page = Path(PreviewChannel(folder).send(mail())["files"][0]).read_text()
    assert "Mail to ana@example.com" in page
    assert "cid:" not in page
    assert "-1.png" in page
    assert 'sandbox="allow-same-origin"' in page


def test_the_index_lists_all_with_the_newest_first(folder: Path, posted: Make) -> None:
    channel = PreviewChannel(folder)
    channel.send(posted(1, text="The first"))
    channel.send(replace(posted(2, text="The second"), created_at=posted().created_at + 1))
    index = (folder / "index.html").read_text()
    assert index.index("The second") < index.index("The first")


def test_the_same_delivery_written_again_replaces_its_own_files(folder: Path, posted: Make) -> None:
    channel = PreviewChannel(folder)
    assert channel.send(posted()) == channel.send(posted())
    assert len(list(folder.iterdir())) == 3


def test_a17_a31_no_input_names_a_file(folder: Path, posted: Make) -> None:
    payload = weekly_slack(figures.WEEKLY)
    payload["images"][0]["name"] = payload["blocks"][2]["slamon_image"] = "../../x\r\n" + "y" * 300
    outgoing = replace(posted(payload=payload), delivery_id="../../etc/passwd", destination="../x", kind="../y")
    files = PreviewChannel(folder).send(outgoing)["files"]
    assert all(Path(each).parent == folder and ".." not in Path(each).name for each in files)
    assert sorted(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("name", hostile.TEXTS)
def test_a15_a16_no_text_becomes_markup_in_a_preview(folder: Path, posted: Make, name: str) -> None:
    text = hostile.TEXTS[name]
    told = figures.notice(lead_name=text, company=text, holder_name=text, title=text, intent=text)
    channel = PreviewChannel(folder)
    channel.send(posted(1, destination=text[:200], payload=slack_alert([told], figures.AS_OF)))
    channel.send(replace(mail(2), payload=email_alert([told], figures.AS_OF), destination=text[:200], kind=text[:200]))
    for page in folder.glob("*.html"):
        content = page.read_text(encoding="utf-8")
        assert "<script" not in content
        assert "<img src=x" not in content
        assert ' onmouseover="' not in content


def test_what_edits_a_message_or_answers_it_is_seen_in_its_page(folder: Path, posted: Make) -> None:
    channel = PreviewChannel(folder)
    late = figures.notice(kind="answered late", answered_at=figures.AS_OF)
    first = channel.send(posted(1, payload=slack_alert([figures.notice()], figures.AS_OF)))
    edit = channel.send(replace(posted(2, payload=slack_alert([late], figures.AS_OF)), previous=first))
    channel.send(replace(posted(3, payload=slack_reply([late])), previous=edit))
    page = Path(first["files"][0]).read_text(encoding="utf-8")
    assert "✓ Answered late: Jane Roe, Acme AG" in page
    assert "(edited)" in page
    assert page.index("1 reply") < page.index("Jane Roe, Acme AG: Thank you, Ana Costa")
    assert "<h3>✗ Past target" not in page


def test_an_answer_to_what_is_not_there_any_more_stands_alone(folder: Path, posted: Make) -> None:
    gone = {"files": [str(folder / "20260101T000000000000-x.json"), "/etc/passwd"]}
    files = PreviewChannel(folder).send(replace(posted(payload=slack_reply([figures.notice(kind="unstable")])), previous=gone))["files"]
    assert "(answers in its thread)" in Path(files[0]).read_text(encoding="utf-8")
