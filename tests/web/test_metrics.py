"""/metrics says what the store says at that moment, by ids only."""

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from slamon.core.verdicts.judged_terms import JudgedTerms
from slamon.core.working_time.instants import FOREVER, HOUR, MINUTE, SECOND
from slamon.store.database import reading, writing
from slamon.store.outbox import Draft, Member, queue
from slamon.store.outbox.claims import Again, Dead, Sent, claim, settle
from slamon.store.schema import source_tables, verdicts, withheld
from slamon.store.tallies import tally
from slamon.store.verdicts.judged_terms import keep_judged_terms
from tests.web.conftest import NOW, Site

PERSON = "ana.maria@example.com"


def verdict(engine: Engine, number: int, state: str, due_at: int) -> None:
    values = {"cycle_id": f"c{number}", "sla": "hot-lead", "version": "2026-01-01", "lead": f"lead of {PERSON}", "cycle": 1, "state": state}
    with writing(engine) as connection:
        connection.execute(
            verdicts.insert().values(**values, started_at=NOW - HOUR, due_at=due_at, holder=PERSON, start_event=f"e{number}")
        )


def source(engine: Engine) -> None:
    row = {"source": "crm", "source_table": "leads", "fingerprint": "x", "first_synced_at": NOW, "synced_at": NOW - 7 * MINUTE}
    with writing(engine) as connection:
        connection.execute(source_tables.insert().values(**row, newest_at=NOW - HOUR, rows_read=1, events_kept=1))


def outbox(engine: Engine) -> None:
    drafts = [
        Draft("slack", PERSON, "breach", 0, f"{n}", {"text": PERSON}, NOW - n * MINUTE, NOW - HOUR, (Member(f"elsewhere{n}", "breach", 0),))
        for n in range(1, 5)
    ]
    with writing(engine) as connection:
        queue(connection, drafts)
        tally(connection, "twins", "slack", "deleted", 2)
    for outcome in (Sent(NOW, {}), Dead(f"no such user {PERSON}"), Again(NOW + HOUR, PERSON)):
        (claimed,) = claim(engine, NOW, "test", 1)
        settle(engine, claimed, outcome)


def suppressed(engine: Engine) -> None:
    row = {"cycle_id": "c9", "kind": "breach", "sequence": 0, "destination": PERSON, "lead": PERSON, "sla": "hot-lead"}
    with writing(engine) as connection:
        connection.execute(withheld.insert().values(**row, state="suppressed", rule="silence", reason=PERSON, since=NOW, until=NOW))


def samples(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_a_promise_without_an_open_cycle_has_a_figure_too_and_it_is_nought(site: Site) -> None:
    deadline, quota = (JudgedTerms(kind, "2026-01-01", 0, FOREVER, f'{{"kind":"{kind}"}}') for kind in ("deadline", "quota"))
    with writing(site.engine) as connection:
        keep_judged_terms(connection, [deadline, quota, JudgedTerms("gone", "2026-01-01", 0, FOREVER, "")], NOW)
    found = samples(site.ask("/metrics").body)
    assert (found["slamon_open_cycles{sla=deadline}"], found["slamon_due_next_hour{sla=deadline}"]) == (0, 0)
    assert not {name for name in found if "sla=quota" in name or "sla=gone" in name}


def test_every_figure_is_the_store_s(site: Site) -> None:
    site.beats(NOW - 30 * SECOND)
    for number, (state, due) in enumerate(
        [("pending", NOW + MINUTE), ("pending", NOW + 2 * HOUR), ("pending", NOW - 1), ("met", NOW + MINUTE)]
    ):
        verdict(site.engine, number, state, due)
    source(site.engine)
    outbox(site.engine)
    suppressed(site.engine)
    found = samples(site.ask("/metrics").body)
    assert found["slamon_open_cycles{sla=hot-lead}"] == 3
    assert found["slamon_due_next_hour{sla=hot-lead}"] == 1
    assert found["slamon_outbox_deliveries{channel=slack,state=pending}"] == 2
    assert found["slamon_outbox_deliveries{channel=slack,state=dead}"] == 1
    assert found["slamon_outbox_oldest_seconds{channel=slack,state=dead}"] == 180
    assert found["slamon_sends_total{channel=slack,outcome=sent}"] == 1
    assert found["slamon_sends_total{channel=slack,outcome=dead}"] == 1
    assert found["slamon_sends_total{channel=slack,outcome=again}"] == 1
    assert found["slamon_counted_total{channel=slack,outcome=deleted,what=twins}"] == 2
    assert found["slamon_source_watermark_age_seconds{source=crm}"] == 420
    assert found["slamon_source_newest_event_age_seconds{source=crm}"] == 3600
    assert found["slamon_job_last_good_timestamp_seconds{job=check}"] == NOW / SECOND - 30
    assert found["slamon_job_duration_seconds{job=check}"] == 0.25
    assert found["slamon_job_ok{job=check}"] == 1
    assert found["slamon_ticker_silent_seconds"] == 0.5
    assert found["slamon_database_up"] == 1
    assert found["slamon_withheld_notices{rule=silence,state=suppressed}"] == 1
    (build,) = [name for name in found if name.startswith("slamon_build_info")]
    assert "tzdata=20" in build


def test_a63_no_answer_holds_personal_data(site: Site) -> None:
    site.beats()
    verdict(site.engine, 1, "pending", NOW + MINUTE)
    source(site.engine)
    outbox(site.engine)
    suppressed(site.engine)
    for path in ("/metrics", "/readyz", "/healthz", "/", f"/{PERSON}", f"/metrics?who={PERSON}", f"/unsubscribe?token={PERSON}"):
        assert "ana" not in site.ask(path).body
    assert PERSON not in site.out.getvalue()


def test_the_figures_of_the_outbox_do_not_read_what_was_sent_long_ago(site: Site) -> None:
    if site.engine.dialect.name != "sqlite":
        return
    asked = "SELECT state, channel, count(*), min(created_at) FROM deliveries WHERE state IN ('pending','dead') GROUP BY state, channel"
    with reading(site.engine) as connection:
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}"))
    assert "COVERING INDEX ix_deliveries_state_channel_created_at" in plan
