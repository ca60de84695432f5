"""Pictures in Slack: uploaded without a channel, so that one post shows them and carries the delivery's mark."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request

from slack_sdk import WebClient

from slamon.channels.calling import Caller
from slamon.channels.outgoing import DeliveryError, Failure, Outgoing
from slamon.channels.slack_answers import BROKEN, asked

UPLOAD_TIMEOUT_S = 10
GOOD = range(200, 300)
MOST_REMEMBERED = 200


@dataclass(slots=True)
class Upload:
    """The files of one delivery's pictures by name; ``attempts`` counts the posts that were to show them."""

    files: dict[str, str]
    attempts: int = 0


@dataclass(slots=True)
class Pictures:
    """Uploads pictures, and remembers them until they are shown: Slack digests a file for some seconds before it can be."""

    client: WebClient
    api_url: str
    uploads: dict[str, Upload] = field(default_factory=dict)

    def shown(self, outgoing: Outgoing) -> list[dict[str, Any]]:
        """The payload's blocks, each picture in them replaced by its uploaded file."""
        blocks: list[dict[str, Any]] = outgoing.payload["blocks"]
        images = outgoing.payload.get("images") or []
        if not images:
            return blocks
        upload = self.uploads.get(outgoing.delivery_id)
        if upload is None:
            upload = Upload({image["name"]: self._upload(image) for image in images})
            while len(self.uploads) >= MOST_REMEMBERED:
                self.uploads.pop(next(iter(self.uploads)), None)
            self.uploads[outgoing.delivery_id] = upload
        upload.attempts += 1
        return [_with_file(block, upload.files) if "slamon_image" in block else block for block in blocks]

    def undigested(self, outgoing: Outgoing) -> bool:
        """Whether the first post with fresh uploads was just refused, so that waiting may help."""
        upload = self.uploads.get(outgoing.delivery_id)
        return upload is not None and upload.attempts == 1

    def forget(self, outgoing: Outgoing) -> None:
        """The message is posted: its uploads are not needed again."""
        self.uploads.pop(outgoing.delivery_id, None)

    def _upload(self, image: dict[str, str]) -> str:
        """The id of the uploaded file. Nothing is visible yet, so a failure of unknown outcome is a definite one."""
        content = base64.b64decode(image["png"])
        try:
            place = asked(lambda: self.client.files_getUploadURLExternal(filename="chart.png", length=len(content)))
            self._write(str(place["upload_url"]), content)
            asked(lambda: self.client.files_completeUploadExternal(files=[{"id": place["file_id"], "title": "chart"}]))
        except DeliveryError as error:
            failure = Failure.DEFINITE if error.failure is Failure.AMBIGUOUS else error.failure
            raise DeliveryError(failure, f"the picture was not uploaded: {error.reason}", error.retry_after_s) from error
        except (*BROKEN, KeyError) as error:
            raise DeliveryError(Failure.DEFINITE, f"the picture was not uploaded: {type(error).__name__}") from error
        return str(place["file_id"])

    def _write(self, url: str, content: bytes) -> None:
        """Only over https, except to the very server that the settings name."""
        parts = urlsplit(url)
        if parts.scheme != "https" and parts[:2] != urlsplit(self.api_url)[:2]:
            raise DeliveryError(Failure.DEFINITE, "Slack named an upload address that is not https")
        request = Request(url, data=content, headers={"Content-Type": "image/png"}, method="POST")  # noqa: S310 - checked above
        inside = [str(urlsplit(self.api_url).hostname)] if parts[:2] == urlsplit(self.api_url)[:2] else []
        answer = Caller(UPLOAD_TIMEOUT_S, inside, proxy=self.client.proxy).call(request)
        if answer.status not in GOOD:
            raise DeliveryError(Failure.DEFINITE, f"the picture was refused: HTTP {answer.status}")


def _with_file(block: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": files[block["slamon_image"]]}, "alt_text": block["alt_text"]}
