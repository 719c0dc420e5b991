"""Advice: what is compared, what is recommended, what is left out and why, and what a pool is made with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import MODELS
from earnest.data.recipe import Sources
from earnest.pools.incentives import COIN, DEFAULT_PRICE, HEAD_START_OF_NEW, SAFEGUARDS_OF_NEW
from earnest.pools.schemas import PoolRequest
from earnest.simulations.advise import coins
from earnest.simulations.advise.advice import Prepared, prepare
from earnest.simulations.advise.candidates import OF_NEW_POOLS
from earnest.simulations.advise.figures import Figure
from earnest.simulations.advise.question import question_of
from earnest.simulations.advise.told import ADVICE, text_of, told
from earnest.simulations.advise.world import ALONE
from earnest.simulations.data import open_task
from earnest.simulations.derived import known_of
from earnest.simulations.errors import AdviceError
from earnest.simulations.run import measure
from earnest.simulations.sweep.job import Job, execute
from earnest.simulations.sweep.workers import LocalWorkers
from tests.simulations.advise.worlds import answered, asked, executing, made, samples, table


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The usual question, its data read once."""
    return asked(tmp_path_factory.mktemp("question"))


def test_every_registered_incentive_is_compared_at_prices_that_fit_the_deposit(prepared: Prepared) -> None:
    deployable = {name for name, incentive in INCENTIVES.items() if incentive.contract is not None}
    assert {one.incentive for one in prepared.candidates} == deployable
    for name in deployable:
        prices = [one.price for one in prepared.candidates if one.incentive == name]
        assert prices == ([0.0025, 0.01, 0.025] if INCENTIVES[name].moves_money else [None])
    kinds = (ALONE, "flipper", "flash")
    assert prepared.plan.size == len(prepared.candidates) * len(kinds) * 2
    points = list(prepared.plan.points())
    assert [point.values["attackers"] for point in points[:3]] == list(kinds)
    for point in points:
        good, bad = point.scenario.agents
        assert (good.count, bad.count) == ((20, 0) if point.values["attackers"] == ALONE else (16, 4))
        assert point.scenario.initial_size == prepared.sizes.train
    # all samples are used once: to learn from, to measure by, to contribute
    assert sum(prepared.sizes[:3]) <= 240
    assert prepared.sizes.contributed == 60


def test_parameters_follow_from_the_data_where_an_incentive_derives_them(prepared: Prepared) -> None:
    sealed = next(one for one in prepared.candidates if INCENTIVES[one.incentive].derives and one.price == 0.01)
    assert sealed.reasons
    assert sealed.settings["agreed_price"] == 10_000
    assert {sealed.scenario.rate, sealed.settings["rate"]} == {sealed.settings["rate"]}
    assert "rate" in sealed.derived
    dear = next(one for one in prepared.candidates if one.incentive == sealed.incentive and one.price == 0.025)
    assert dear.settings["rate"] == sealed.settings["rate"]
    assert dear.settings["risk_price"] > sealed.settings["risk_price"]


def test_answer_takes_what_meets_the_targets_at_its_worst_and_locks_up_least(
    prepared: Prepared, tmp_path: Path
) -> None:
    stages: list[tuple[str, int, int]] = []
    expected: list[tuple[int, float]] = []
    advice = answered(
        tmp_path, prepared, progress=lambda *stage: stages.append(stage), expecting=lambda *one: expected.append(one)
    )
    answer = told(advice)
    best = answer["candidates"][answer["best"]]
    assert (advice.meets, best["name"], best["misses"]) == (True, "sealed-assessment at 0.0025 ETH", [])
    assert answer["sentence"].startswith("Take sealed-assessment at 0.0025 ETH with the model sparse-perceptron. ")
    assert best["worst"]["final_accuracy"]["mean"] == pytest.approx(0.9005)
    published = next(one for one in answer["candidates"] if one["name"] == "self-assessment at 0.01 ETH")
    assert published["misses"] == [
        "honest contributors lose up to 20.0% of their deposits without an attacker, and 5.0% is the most"
    ]
    assert published["worst"]["profit_of_harmful"] == {
        "under": "flipper", "text": "-2", "behind": "", "mean": -2.0, "low": -2.0, "high": -2.0, "lowest": -2.0,
        "highest": -2.0, "count": 2, "runs": 2,
    }  # fmt: skip
    assert published["figures"]["flash"]["profit_of_others"]["mean"] == pytest.approx(-0.0002)
    free = next(one for one in answer["candidates"] if one["incentive"] == "points")
    assert set(free["worst"]) == {"final_accuracy"}
    # told before anything is run
    assert expected[0][0] == prepared.plan.size == stages[-1][2]
    assert [stage for stage, *_ in stages][:2] == ["Speed", "Speed"]


def test_what_cannot_be_promised_is_what_the_incentive_says_and_where_simulating_ends(tmp_path: Path) -> None:
    answer = told(answered(tmp_path, asked(tmp_path, contributions=5000)))
    sentences = answer["cannot_promise"]
    assert set(INCENTIVES["sealed-assessment"].words.risks) <= set(sentences)
    assert any("the best answer to a rule is not searched for" in one for one in sentences)
    assert any("they say nothing of other data" in one for one in sentences)
    assert any("poisoner" in one and "not simulated" in one for one in sentences)
    assert any("5,000 contributions are expected" in one for one in sentences)


def test_where_none_meets_the_targets_that_is_said_with_the_nearest_and_what_misses(tmp_path: Path) -> None:
    advice = answered(tmp_path, asked(tmp_path, accuracy=0.95))
    assert not advice.meets
    answer = told(advice)
    assert answer["candidates"][answer["best"]]["incentive"] == "sealed-assessment"
    assert answer["sentence"].startswith(
        "Nothing here meets all targets. The nearest is sealed-assessment at 0.0025 ETH"
    )
    assert "and 0.95 is the least" in answer["sentence"]


def test_price_that_keeps_people_away_and_profit_of_attackers_miss(prepared: Prepared, tmp_path: Path) -> None:
    def few(job: Job) -> dict[str, Any] | str:
        told = dict(made(job))
        gain = None if told["profit_of_harmful"] is None else 3_000_000.0
        return told | {"accepted": 20, "profit_of_harmful": gain}

    answer = told(answered(tmp_path, prepared, executing(few)))
    misses = next(one for one in answer["candidates"] if one["incentive"] == "sealed-assessment")["misses"]
    assert misses[0] == "attackers gain up to 3 ETH under flipper, and 0 is the most"
    assert misses[1].startswith("only 33% of the contributions come in where nobody attacks")


def test_own_choice_is_compared_with_the_others_and_a_wrong_one_is_left_out_with_its_reason(tmp_path: Path) -> None:
    yours = {"incentive": "self-assessment", "settings": {"cost": str(3 * 10**15), "refund_wait": 7200}}
    prepared = asked(tmp_path, yours=yours)
    first = prepared.candidates[0]
    assert (first.name, first.settings["cost"]) == ("self-assessment, as you have it", 3000)
    assert first.scenario.refund_wait == 7200
    assert sum(one.yours for one in prepared.candidates) == 1
    answer = told(answered(tmp_path, prepared))
    assert answer["candidates"][0]["pool"]["price"] == {"rule": "fixed", "cost": str(3 * 10**15)}
    wrong = {"incentive": "self-assessment", "settings": {"refund_wait": 9000, "collect_wait": 9000}}
    left = asked(tmp_path, yours=wrong).left_out
    assert [one.reason[:58] for one in left] == ["As you have it: refund_wait (9000 s) and head_start (3600 "]


def test_requests_of_all_candidates_are_taken_by_the_service(tmp_path: Path) -> None:
    answer = told(answered(tmp_path, asked(tmp_path, options={"text_column": "text"})))
    for one in answer["candidates"]:
        assert "dataset" not in one["pool"]
        asked_for = PoolRequest.model_validate(one["pool"] | {"csv": (tmp_path / "own.csv").read_text()})
        assert asked_for.incentive == one["incentive"]
    derived = next(one["pool"] for one in answer["candidates"] if one["incentive"] == "sealed-assessment")
    # what follows from the pool's own data is left to it
    assert "rate" not in derived
    assert {"agreed_price", "promised_price", "risk_price"} <= set(derived)


def test_settings_of_new_pools_are_the_services(tmp_path: Path) -> None:
    assert OF_NEW_POOLS == {"price": DEFAULT_PRICE, "safeguards": SAFEGUARDS_OF_NEW, "head_start": HEAD_START_OF_NEW}
    assert coins.WEI_PER_COIN * coins.COINS_PER_ETHER == 10**18
    assert COIN % coins.WEI_PER_COIN == 0
    assert (coins.of_wei(1), coins.of_wei(0), coins.coins(1e-9)) == (1, 0, 1)


def test_what_does_not_go_with_model_or_data_is_left_out_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODELS["naive-bayes"], "HAS_JUDGE", False)
    source = Sources(None, samples(tmp_path / "own.csv"))
    prepared = prepare(
        question_of(table(models=["naive-bayes", "dense-perceptron"])), source, tmp_path / "cache", lambda *_: None
    )
    reasons = {(one.model, one.incentive): one.reason for one in prepared.left_out}
    assert (
        "dataset file is of words and model dense-perceptron learns from numbers" in reasons["dense-perceptron", "any"]
    )
    sealed = reasons["naive-bayes", "sealed-assessment"]
    assert sealed.startswith("The model naive-bayes has no contract under sealed-assessment")
    assert {one.model for one in prepared.candidates} == {"naive-bayes"}
    with pytest.raises(AdviceError, match="No incentive goes with these data"):
        prepare(question_of(table(models=["dense-perceptron"])), source, tmp_path / "cache", lambda *_: None)


def test_model_is_one_that_takes_the_data(tmp_path: Path) -> None:
    prepared = prepare(
        question_of({"dataset": "iris", "seeds": 1, "attackers": ["flipper"]}), Sources(), tmp_path, lambda *_: None
    )
    assert {one.model for one in prepared.candidates} == {"dense-margin-perceptron"}
    assert prepared.sizes.classes == 3
    sealed = [one for one in prepared.left_out if INCENTIVES[one.incentive].is_sealed]
    judged = MODELS["dense-margin-perceptron"].HAS_JUDGE
    assert bool(sealed) is not judged


def test_too_few_samples_are_told_with_what_to_lower(tmp_path: Path) -> None:
    with pytest.raises(AdviceError, match=r"240 different samples; 200 to learn from and 30 to measure by leave 10"):
        asked(tmp_path, train_size=200, held_out_size=30)


def test_too_many_runs_and_too_many_minutes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AdviceError, match=r"2,100 runs .* at most 2,000 are made: name fewer"):
        asked(tmp_path, seeds=100)
    prepared = asked(tmp_path, minutes=0.05, seeds=1)
    begun = [0.0]

    def slow(job: Job) -> dict[str, Any] | str:
        # each run seems to take 10 s
        begun[0] += 10
        return made(job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("earnest.simulations.advise.speed.time.perf_counter", lambda: begun[0])
        with pytest.raises(AdviceError, match=r"21 runs take about 4 minutes here, and 0.05 are allowed"):
            answered(tmp_path, prepared, executing(slow))
    assert not (tmp_path / "out").exists()


def test_runs_that_take_longer_than_allowed_are_ended_and_gone_on_with(tmp_path: Path) -> None:
    prepared, clock = asked(tmp_path, minutes=1), [0.0]

    def slow(job: Job) -> dict[str, Any] | str:
        clock[0] += 7
        return made(job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("earnest.simulations.advise.advice.time.monotonic", lambda: clock[0])
        with pytest.raises(AdviceError, match=r"of 42 runs took the 1 minutes that are allowed"):
            answered(tmp_path, prepared, executing(slow))
        patch.undo()
    seen: list[int] = []

    def counting(job: Job) -> dict[str, Any] | str:
        seen.append(job.number)
        return made(job)

    advice = answered(tmp_path, prepared, executing(counting), resume=True)
    assert advice.outcome.before > 0
    assert advice.outcome.kept == 42


def test_runs_that_come_to_nothing_are_told_and_their_choice_is_not_judged(prepared: Prepared, tmp_path: Path) -> None:
    def failing(job: Job) -> dict[str, Any] | str:
        broken = job.scenario.incentive == "points" and job.seed == 2 and job.scenario.agents[1].count == 0
        return "KeyError: 'x'" if broken else made(job)

    advice = answered(tmp_path / "a", prepared, executing(failing))
    assert [one["reason"] for one in advice.outcome.failed] == ["KeyError: 'x'"]
    # one of two draws is left
    free = next(one for one in told(advice)["candidates"] if one["incentive"] == "points")
    assert free["figures"][ALONE]["final_accuracy"] == {
        "mean": 0.901, "low": None, "high": None, "lowest": 0.901, "highest": 0.901, "count": 1, "runs": 1,
    }  # fmt: skip
    with pytest.raises(AdviceError, match="came to nothing: no room"):
        answered(tmp_path / "b", prepared, executing(lambda job: "no room"))


def test_figures_are_shown_with_their_interval_and_how_many_runs_they_are_of() -> None:
    assert text_of("locked", Figure(0.12345, 0.1, 0.2, 0.1, 0.2, 3, 5)) == "0.123 (0.1 to 0.2) in 3 of 5"
    assert text_of("honest_loss_share", Figure(0.12345, None, None, 0.1, 0.2, 5, 5)) == "12.3%"
    assert text_of("final_accuracy", Figure(0.9, 0.9, 0.9, 0.9, 0.9, 5, 5)) == ".9000"
    assert text_of("profit_of_harmful", Figure(-12345.0, None, None, -12345.0, -12345.0, 1, 1)) == "-12,345"


def test_target_is_met_by_the_whole_interval_or_by_every_draw() -> None:
    # three draws without a gain: their interval reaches above 0, and none of them does
    assert Figure(-0.1, -0.3, 0.1, -0.2, 0.0, 3, 3).most == 0
    assert Figure(0.9, 0.85, 0.95, 0.8, 0.96, 5, 5).least == 0.85
    assert Figure(0.9, None, None, 0.9, 0.9, 1, 1).least == 0.9


def test_accuracy_that_is_known_is_the_held_out_samples(prepared: Prepared) -> None:
    (files,) = prepared.files.values()
    task = open_task(files)
    known = known_of(prepared.candidates[0].scenario, task, 10)
    share = measure(task.initial_weights, task.test)
    assert known.correct / known.held_out == pytest.approx(share)
    assert len(np.asarray(known.lengths)) == prepared.sizes.train
    assert task.reference is not None
    assert np.asarray(known.gaps).any()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_real_runs_give_the_same_answer_for_any_number_of_workers(tmp_path: Path) -> None:
    answers = []
    for count in (1, 2):
        folder = tmp_path / str(count)
        folder.mkdir()
        prepared = asked(folder, seeds=2, prices=[0.01])
        answers.append(told(answered(folder, prepared, execute, workers=LocalWorkers(count), processes=count)))
    assert answers[0] == answers[1]
    sealed = next(one for one in answers[0]["candidates"] if one["incentive"] == "sealed-assessment")
    assert sealed["figures"]["flipper"]["honest_loss_share"]["mean"] == 0
    assert ADVICE == "advice.json"
