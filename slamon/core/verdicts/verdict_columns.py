"""The verdicts of many cycles as columns of codes and numbers: for files, where objects would cost more than the judging."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.columns import Texts
from slamon.core.facts import Facts
from slamon.core.verdicts import STATES, Judged, whole_seconds

Numbers = npt.NDArray[np.int64]


def verdict_columns(facts: Facts, judged: Judged) -> Mapping[str, Texts | Numbers]:
    """One SLA's verdicts, a row a cycle, with the columns of ``slamon verdicts``: texts as codes, numbers and instants as int64.

    Instants are microseconds UTC, delays whole seconds, both NEVER for none; ``attempts`` is -1 for kinds that do not count.
    """
    each, people = judged.obligations, facts.people
    versions = np.array([*(version.version for version in judged.versions), None], object)[:-1]
    charged = np.maximum(judged.charged, -1)
    team = _coded(people.texts("team")[:-1])
    return {
        "sla": Texts(np.zeros(len(each), np.int32), np.array([judged.sla], object)),
        "version": Texts(each.version.astype(np.int32), versions),
        "lead": Texts(each.lead, facts.leads),
        "cycle": judged.number,
        "state": Texts(judged.state.astype(np.int32), STATES),
        "started_at": each.start,
        "due_at": each.due,
        "answered_at": judged.answered_at,
        "attempts": each.attempts,
        "charged_to": Texts(charged, people.texts("id")[:-1]),
        "team": Texts(np.append(team.codes, np.int32(-1))[charged], team.values),
        "cause": judged.cause,
        "system_delay_s": whole_seconds(judged.system_delay),
        "human_delay_s": whole_seconds(judged.human_delay),
        "strict_state": Texts(judged.strict.astype(np.int32), STATES),
        "period": judged.period,
    }


def _coded(texts: npt.NDArray[np.object_]) -> Texts:
    """Texts as codes; the empty one is none."""
    codes, values = pd.factorize(texts)
    empty = np.flatnonzero(values == "")
    if len(empty):
        codes = np.where(codes == empty[0], -1, codes)
    return Texts(codes.astype(np.int32), np.asarray(values, object))
