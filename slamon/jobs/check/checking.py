"""One check that records: which leads it judges, in which steps they are written, and what is said at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection, Engine

from slamon.core.alerts.notices import Said
from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts import Rulings
from slamon.core.verdicts.judged_terms import JudgedTerms, Key
from slamon.jobs.announcing import Announcing, announce, announcing_of, heard
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check.all_leads import AllLeads, Crew
from slamon.jobs.check.choosing import Choosing, Chosen, asked_of, part_of
from slamon.jobs.check.concluding import Concluding
from slamon.jobs.check.judging import Judging
from slamon.jobs.check.recording import Recording
from slamon.jobs.check.saying import baseline_drafts, taken_back
from slamon.jobs.check.setting_aside import Failed, Judged, judged_safely
from slamon.jobs.check.terms_judged_by import basis_of, definitions_hash, rulings_told
from slamon.jobs.decisions.judged_terms import keep_new_terms, refuse_changes
from slamon.store.database import StoreError, reading, writing
from slamon.store.facts import load_absences, load_people, newest_of
from slamon.store.facts.changed_leads import Changes, forget, load_changes
from slamon.store.outbox import Draft, Queued, said_about
from slamon.store.outbox.silences import standing_silences
from slamon.store.outbox.withheld import leads_that_waited, leads_waiting
from slamon.store.verdicts import (
    CheckRun,
    keep_attainment_of,
    last_check,
    load_rulings,
    next_check_id,
    record_check,
)
from slamon.store.verdicts.check_notes import CheckNotes, load_notes, save_notes
from slamon.store.verdicts.judged_leads import all_judged, due_leads, first_known, not_known_yet
from slamon.store.verdicts.judged_terms import load_judged_terms
from slamon.store.verdicts.set_aside import SetAside, load_set_aside, replace_set_aside
from slamon.store.verdicts.verdict_figures import count_cycles, leads_of_cycles, leads_of_events, leads_with_verdicts


@dataclass(frozen=True, slots=True)
class _Known:
    """What a check finds in the store before it judges."""

    notes: CheckNotes
    changes: Changes
    due: tuple[str, ...]
    rulings: Rulings
    crew: Crew
    aside: tuple[SetAside, ...]
    waited: tuple[str, ...]
    """Leads of whom something waits, once any of it may be said; empty for quotas and ratios."""
    silences: str
    basis: str
    terms: Mapping[Key, JudgedTerms]
    """By which verdicts were recorded."""

    @property
    def periods_waited(self) -> bool:
        """Whether something waits that is to be said of a period."""
        return "" in self.waited


@dataclass(frozen=True, slots=True)
class Checking:
    """A check of one instant; ``previous`` is the check that was recorded last. Instants are microseconds UTC."""

    engine: Engine
    definitions: DefinitionSet
    announcements: Announcements
    as_of: int
    finished_at: int
    go_live: int
    previous: CheckRun | None
    held: frozenset[str] = frozenset()
    """SLAs that are not judged, because a source that they need cannot be relied on."""
    told_until: Mapping[str, int] = field(default_factory=dict)
    """By SLA: until when its sources have told what happened."""

    def run(self) -> tuple[Recording, list[Queued]]:
        """Judge and record; what was written, and what was queued."""
        known = self._known()
        with reading(self.engine) as snapshot:
            chosen, all_leads = self._chosen(known), False
            if chosen is None:
                chosen, all_leads = self._all_leads(snapshot, known), True
            judging = self._judging(known, all_leads=all_leads)
            with reading(self.engine) as connection:
                hidden = not_known_yet(connection, self.as_of, None if all_leads else sorted(chosen.homes))
                kept = self._recording(connection, known, all_leads=all_leads)
            last = Judged()
            for number, part in enumerate(chosen.parts):
                if number:  # in transactions of their own: what is said of them is found again if this is not finished
                    self._keep(kept, last, hidden, known)
                last = judged_safely(judging, part.history, part.made, part.low, part.high)
        with writing(self.engine) as connection:
            self._still_last(connection, known)
            kept.keep(connection, last, chosen.homes, hidden)
            if all_leads:
                kept.keep_rest(connection, chain(all_judged(connection), leads_with_verdicts(connection), hidden), hidden)
            kept.withdraw(connection)
            return kept, self._end(connection, known, chosen, kept)

    def _keep(self, kept: Recording, judged: Judged, hidden: Mapping[str, int], known: _Known) -> None:
        with writing(self.engine) as connection:
            self._still_last(connection, known)
            kept.keep(connection, judged, (), hidden)

    def _judging(self, known: _Known, *, all_leads: bool) -> Judging:
        """By all SLAs but those that are set aside until later."""
        resting = {each.sla for each in known.aside if not each.lead and (not all_leads or each.again_at > self.as_of)} | self.held
        judging = Judging(self.definitions, known.rulings, self.announcements, self.go_live, self._told)
        return judging.only({each.sla for each in self.definitions.definitions} - resting) if resting else judging

    def _recording(self, connection: Connection, known: _Known, *, all_leads: bool) -> Recording:
        first = not known.notes.basis and next(all_judged(connection), None) is None and next(leads_with_verdicts(connection), None) is None
        slas = frozenset(each.sla for each in self.definitions.definitions)
        cycles = count_cycles(connection) if all_leads else known.notes.cycles
        return Recording(next_check_id(connection), self.as_of, self.go_live, first, slas, all_leads, cycles, held=self.held)

    def _known(self) -> _Known:
        crew = (load_people(self.engine), load_absences(self.engine))
        with reading(self.engine) as connection:
            rulings = load_rulings(connection, self.as_of)
            basis = basis_of(self.definitions, self.announcements, rulings, crew, self.go_live, self.as_of)
            notes, changes = load_notes(connection), load_changes(connection, self.as_of)
            due, aside = tuple(due_leads(connection, self.as_of)), tuple(load_set_aside(connection))
            silences = repr(sorted(map(repr, standing_silences(connection, self.as_of))))
            is_over = silences != notes.silences or bool(leads_that_waited(connection, self.as_of))
            waited = tuple(leads_waiting(connection)) if is_over else ()
            terms = load_judged_terms(connection)
            refuse_changes(connection, terms, self.definitions)
        return _Known(notes, changes, due, rulings, crew, aside, waited, silences, basis, terms)

    def _chosen(self, known: _Known) -> Chosen | None:
        """The leads of which something may be new; None for all."""
        again = [each for each in known.aside if each.again_at <= self.as_of]
        if self.previous is None or self.previous.id != known.notes.check_id:
            return None
        if set(known.notes.held) - self.held:  # nobody noted whose verdicts would have changed meanwhile
            return None
        if known.basis != known.notes.basis or self.as_of < known.notes.as_of or known.changes.leads is None:
            return None
        if any(not each.lead for each in again):
            return None
        leads = {*known.changes.leads, *known.due, *(each.lead for each in again), *self._ruled(known), *known.waited} - {""}
        return self._choosing(known).chosen(leads)

    def _choosing(self, known: _Known) -> Choosing:
        asked = asked_of(self.definitions)
        return Choosing(self.engine, self.definitions, self.as_of, known.rulings, known.crew, known.notes, known.changes, asked)

    def _ruled(self, known: _Known) -> set[str]:
        """The leads whose excuses or accepted evidence are not those of the last check."""
        news = set(rulings_told(known.rulings)) ^ set(known.notes.rulings)
        cycles = {text.split(" ", 2)[1] for text in news if text.startswith("excuse ")}
        accepted = {text.removeprefix("accept ") for text in news if text.startswith("accept ")}
        if not news:
            return set()
        with reading(self.engine) as connection:
            return leads_of_cycles(connection, cycles) | leads_of_events(connection, accepted)

    def _all_leads(self, snapshot: Connection, known: _Known) -> Chosen:
        """All of them, block by block, as one snapshot has them."""
        everything = AllLeads(snapshot, self.definitions, self.as_of, known.rulings, known.crew, asked_of(self.definitions))
        return Chosen((part_of(history) for history in everything.histories()), frozenset(), frozenset(), everything.survey, None)

    def _told(self, cycles: Sequence[str]) -> Mapping[str, Said]:
        """What was said of some cycles."""
        with reading(self.engine) as connection:
            return heard(connection, said_about(connection, cycles))

    def _still_last(self, connection: Connection, known: _Known) -> None:
        """That nobody else went on meanwhile; and that nothing is recorded by terms that were not kept."""
        now = last_check(connection)
        if (now.id if now else None) != (self.previous.id if self.previous else None):
            raise StoreError("another check was recorded meanwhile; run the check again")
        if not keep_new_terms(connection, known.terms, self.definitions, self.finished_at):
            raise StoreError("a promise was reworded meanwhile; run the check again")

    def _end(self, connection: Connection, known: _Known, chosen: Chosen, kept: Recording) -> list[Queued]:
        """Periods, messages, and what the next check goes by."""
        known_since = first_known(connection) if chosen.known_since is None else chosen.known_since
        anew = kept.all_leads or known.periods_waited
        concluding = Concluding(
            self.definitions, self.announcements, self.as_of, self.go_live, known.notes, known_since, known.crew, anew, self.held
        )
        if kept.all_leads:
            keep_attainment_of(connection, concluding.slas())
        periods = concluding.run(connection, kept.rewritten)
        found = [*kept.notices, *taken_back(connection, kept.gone(), self.definitions), *periods.notices]
        judged = None if kept.all_leads else {*chosen.homes, *chosen.leads, *([""] if known.periods_waited else [])}
        announcing = announcing_of(self.announcements, self.as_of, self.previous.as_of if self.previous else None, self.told_until)
        self._record(connection, known, kept)  # what is said of changed verdicts looks at what changed since the check before
        queued = announce(connection, found, announcing, self._baseline(kept, announcing), judged=judged, held=self.held)
        self._set_aside(connection, known, chosen, kept, periods.failed)
        save_notes(connection, self._notes(known, chosen, kept, known_since, periods.next_at))
        return queued

    def _record(self, connection: Connection, known: _Known, kept: Recording) -> None:
        terms, newest = definitions_hash(self.definitions), newest_of(connection)
        run = CheckRun(kept.check_id, self.as_of, self.finished_at, terms, newest, kept.cycles, kept.changed.total())
        record_check(connection, run)
        forget(connection, known.changes, self.as_of)

    def _set_aside(self, connection: Connection, known: _Known, chosen: Chosen, kept: Recording, periods: Sequence[Failed]) -> None:
        """What failed waits for its next try; what was tried and did not fail is judged like any other again."""
        failed = [*kept.failed.values(), *periods]
        tried = [each for each in known.aside if (each.again_at <= self.as_of if not each.lead else each.lead in chosen.homes)]
        tried += [each for each in known.aside if each.lead and kept.all_leads]
        replace_set_aside(connection, tried, ((each.lead, each.sla, each.reason) for each in failed), self.as_of)

    def _notes(self, known: _Known, chosen: Chosen, kept: Recording, known_since: int | None, periods: Mapping[str, int]) -> CheckNotes:
        return CheckNotes(
            check_id=kept.check_id,
            basis=known.basis,
            as_of=self.as_of,
            cycles=kept.cycles,
            leads=kept.leads if kept.all_leads else known.notes.leads,
            known_since=known_since,
            tells_ownership=chosen.survey.tells_ownership,
            attributes=tuple(sorted(chosen.survey.attributes & asked_of(self.definitions))),
            rulings=rulings_told(known.rulings),
            periods=periods,
            silences=known.silences,
            held=tuple(sorted(self.held)),
        )

    def _baseline(self, kept: Recording, announcing: Announcing) -> list[Draft]:
        """At the first check, the one message about what was due before going live; none when nothing was."""
        counts = list(kept.before_live.values()) if self.previous is None else []
        return baseline_drafts(counts, self.go_live, self.announcements, announcing)
