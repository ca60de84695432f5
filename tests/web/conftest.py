"""The web on loopback, over a real store: asked as a stranger asks."""

import http.client
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine

from slamon.core.working_time.instants import MINUTE
from slamon.journal import Journal
from slamon.settings import WebSettings
from slamon.store.database import writing
from slamon.store.heartbeats import beat
from slamon.web import View, serving

NOW = 1_795_000_000_000_000
SECRET = "a secret of more than thirty-two characters"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    def data(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """A server at work, and what its surroundings say."""

    engine: Engine
    now: int = NOW
    silent_s: float = 0.5
    wrong: str = ""
    sources: list[str] = field(default_factory=list)
    out: io.StringIO = field(default_factory=io.StringIO)
    host: str = ""
    port: int = 0

    def view(self, url: str | None = "https://sla.example.com", secret: str | None = SECRET) -> View:
        def intervals() -> dict[str, int]:
            return {"check": MINUTE, "deliver": MINUTE}

        journal = Journal(lambda: self.now, self.out)
        told = (lambda: self.silent_s), intervals, (lambda: self.wrong)
        return View(self.engine, lambda: self.now, journal, *told, url, secret, sources=lambda: self.sources)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode("utf-8"))
        finally:
            connection.close()

    def beats(self, at: int = NOW) -> None:
        with writing(self.engine) as connection:
            for job in ("tick", "check", "deliver"):
                beat(connection, job, at, ok=True, took=250_000)

    @contextmanager
    def at_work(self, view: View | None = None) -> Iterator["Site"]:
        with serving(WebSettings.model_validate({"port": 1}).model_copy(update={"port": 0}), view or self.view()) as served:
            self.host, self.port = served.host, served.port
            yield self


@pytest.fixture
def site(engine: Engine) -> Iterator[Site]:
    with ExitStack() as stack:
        yield stack.enter_context(Site(engine).at_work())
