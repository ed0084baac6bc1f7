"""Faults as text and as value, and the fates they lead to."""

from __future__ import annotations

from collections import Counter

import pytest

from batch.core.errors import UsageError
from batch.core.terms import Call
from batch.tenants.fates import Fates
from batch.tenants.faults import Faults, Thief


class TestAsText:
    def test_everything_that_can_be_said(self) -> None:
        text = (
            "seed=7, throttle=0.1,lost-before=.02,lost-after=0.03,error-503=0.05,missing=0.01,lag=3s,latency=50ms,"
            "thief=ENTERPRISEPACK@40,thief=VISIO@1,forbidden-after=9,retry-after=2,read-throttle=0.5,read-lost=1e-1"
        )
        assert Faults.parse(text) == Faults(
            seed=7,
            throttle=0.1,
            lost_before=0.02,
            lost_after=0.03,
            error_503=0.05,
            missing=0.01,
            lag=3.0,
            latency=0.05,
            thieves=(Thief("ENTERPRISEPACK", 40), Thief("VISIO", 1)),
            forbidden_after=9,
            retry_after=2.0,
            read_throttle=0.5,
            read_lost=0.1,
        )

    @pytest.mark.parametrize("text", ["", " ", ",", " , "])
    def test_nothing_is_a_calm_day(self, text: str) -> None:
        assert Faults.parse(text) == Faults()

    @pytest.mark.parametrize(
        ("text", "what", "todo"),
        [
            ("trottle=0.1", "no fault called 'trottle'", "Did you mean throttle?"),
            ("xyzzy", "no fault called 'xyzzy'", "The faults are: error-409"),
            ("throttle", "throttle cannot be ''", "throttle=0.1"),
            ("throttle=1.1", "throttle cannot be '1.1'", "between 0 and 1"),
            ("throttle=nan", "throttle cannot be 'nan'", "between 0 and 1"),
            ("throttle=often", "throttle cannot be 'often'", "between 0 and 1"),
            ("lag=3m", "lag cannot be '3m'", "lag=50ms"),
            ("lag=-1", "lag cannot be '-1'", "lag=50ms"),
            ("seed=x", "seed cannot be 'x'", "seed=7"),
            ("seed=²", "seed cannot be '²'", "seed=7"),
            ("thief=E3", "thief cannot be 'E3'", "thief=ENTERPRISEPACK@40"),
            ("seed=1,seed=2", "seed is given twice", "once"),
            ("throttle=0.6,error-500=0.5", "more than 1", "smaller"),
            ("at=1", "no fault called 'at'", "lag"),
        ],
    )
    def test_mistakes_are_told_with_the_way_on(self, text: str, what: str, todo: str) -> None:
        with pytest.raises(UsageError) as refusal:
            Faults.parse(text)
        assert what in refusal.value.what
        assert todo in refusal.value.todo
        assert refusal.value.exit_code == 2


def test_an_unknown_kind_laid_down_for_a_call_is_a_mistake_in_the_program() -> None:
    with pytest.raises(ValueError, match="error-504-before"):
        Faults(at={("ann", 1): "error-504-before"})


class TestFates:
    CALLS = tuple(Call(f"user{n}", ("a",), ()) for n in range(20))

    def test_rates_are_about_kept_and_half_of_the_failures_took_effect(self) -> None:
        fates = Fates(Faults.parse("seed=1,throttle=.2,missing=.2,error-500=.2,error-409=.2"))
        drawn = [fate for _ in range(200) for fate in fates.of_group(self.CALLS)]
        kinds = Counter((fate.kind, fate.effect) for fate in drawn)
        expected = {
            ("throttled", False): 800,
            ("missing", True): 400,
            ("missing", False): 400,
            ("error-500", True): 400,
            ("error-500", False): 400,
            ("error-409", False): 800,
            ("", True): 800,
        }
        assert kinds.keys() == expected.keys()
        for kind, count in expected.items():
            assert kinds[kind] == pytest.approx(count, rel=0.2)

    def test_a_lost_answer_is_lost_for_the_whole_group(self) -> None:
        fates = Fates(Faults.parse("seed=1,lost-before=.4,lost-after=.3"))
        groups = [{(f.effect, f.kind) for f in fates.of_group(self.CALLS)} for _ in range(50)]
        assert all(len(group) == 1 for group in groups)
        assert {next(iter(group)) for group in groups} == {(False, "lost-before"), (True, "lost-after"), (True, "")}

    def test_what_is_laid_down_happens_at_that_call_of_that_user_only(self) -> None:
        fates = Fates(Faults(at={("user3", 2): "throttled"}))
        seen = [[fate.kind for fate in fates.of_group(self.CALLS)] for _ in range(3)]
        assert [(g, n) for g, kinds in enumerate(seen) for n, kind in enumerate(kinds) if kind] == [(1, 3)]

    @pytest.mark.parametrize(("seconds", "told"), [(1.0, {1.0, 1.064, -1.0}), (0.5, {1.0, 0.532, -1.0})])
    def test_retry_after_is_whole_fractional_or_not_told(self, seconds: float, told: set[float]) -> None:
        fates = Fates(Faults(throttle=1, retry_after=seconds))
        answers = [fate.answer for _ in range(5) for fate in fates.of_group(self.CALLS)]
        assert {answer.retry_after for answer in answers if answer} == told
