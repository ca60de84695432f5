"""A limit is a number a minute, for each asker."""

from slamon.web.limits import Limit


def test_a_limit_is_refilled_evenly_and_forgets_the_oldest_askers() -> None:
    now = 0.0
    limit = Limit(60, lambda: now)
    assert [limit.allows("a") for _ in range(61)] == [True] * 60 + [False]
    now = 1.0
    assert (limit.allows("a"), limit.allows("a"), limit.allows("b")) == (True, False, True)
    for number in range(20_000):
        limit.allows(f"{number}")
    assert len(limit._left) == 10_000
