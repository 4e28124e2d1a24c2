"""Control limits: what stands out is told, chance is not."""

import random
from math import isclose

import pytest

from reporting.kpis.control import Chart, judged


def test_limits_are_three_sigmas_of_each_ones_own_n():
    found = judged({"a": (5, 100), "b": (35, 300)}, chart=Chart.SHARE)
    # centre 40 / 400 = 0.1; sigma of a: sqrt(0.1 * 0.9 / 100) = 0.03
    assert isclose(found["a"].centre, 0.1)
    assert isclose(found["a"].upper, 0.19)
    assert isclose(found["a"].lower, 0.01)
    # of b: sqrt(0.09 / 300) = 0.01732
    assert isclose(found["b"].upper, 0.1519615242, rel_tol=1e-9)
    of_events = judged({"a": (5, 100), "b": (35, 300)}, chart=Chart.EVENTS)
    assert isclose(of_events["a"].upper, 0.1948683298, rel_tol=1e-9)
    assert isclose(of_events["a"].lower, 0.0051316702, rel_tol=1e-6)
    assert not of_events["a"].flagged


def test_few_tickets_say_nothing():
    found = judged({"new": (20, 29), "old": (10, 1000)}, chart=Chart.SHARE)
    assert (found["new"].too_few, found["new"].flagged) == (True, False)
    assert judged({}, chart=Chart.SHARE) == {}
    assert judged({"idle": (3, 0)}, chart=Chart.EVENTS)["idle"].too_few


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("chart", Chart)
def test_chance_alone_flags_less_than_one_in_twenty(seed, chart):
    chance = random.Random(seed)
    sizes = {key: chance.randint(40, 900) for key in range(400)}
    rate = 0.04
    group = {key: (sum(chance.random() < rate for _ in range(n)), n) for key, n in sizes.items()}
    flagged = [key for key, verdict in judged(group, chart=chart).items() if verdict.flagged]
    assert len(flagged) / len(group) < 0.05


@pytest.mark.parametrize("chart", Chart)
def test_who_is_beyond_three_sigmas_is_flagged(chart):
    group = dict.fromkeys(range(30), (12, 300)) | {"thief": (36, 300)}
    found = judged(group, chart=chart)
    assert [key for key, verdict in found.items() if verdict.flagged] == ["thief"]
