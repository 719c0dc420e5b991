"""Measures of a whole run: how good the model is, how long it took, what was paid and for what."""

import math
from collections.abc import Callable

import numpy as np

from earnest.core.models.registry import MODELS
from earnest.simulations.engine import types as engine
from earnest.simulations.measures.gas import gas_of
from earnest.simulations.measures.measure import Measure, Measured, Value, last_depletion_day
from earnest.simulations.run import Outcome, harmful_agents
from earnest.simulations.scenario import SECONDS_PER_DAY


def accuracy_area(outcome: Outcome) -> float:
    """Mean accuracy over time; each measured value holds until the next."""
    seen = outcome.observations
    times = np.diff([one.time for one in seen])
    if times.sum() == 0:
        return outcome.final_accuracy
    return float(np.average([one.accuracy for one in seen[:-1]], weights=times))


def _locked_share(run: Measured) -> Value:
    """Each look holds until the next, as with the accuracy."""
    seen = run.outcome.observations
    times = np.diff([one.time for one in seen])
    if times.sum() == 0:
        return 0.0
    units = run.start_balance * run.scenario.units_per_coin
    return float(np.average([one.locked for one in seen[:-1]], weights=times)) / units


def _profit_of(run: Measured, *, harmful: bool) -> Value:
    chosen = harmful_agents(run.scenario) == harmful
    if not chosen.any():
        return None
    last, first = run.outcome.observations[-1].balances, run.outcome.observations[0].balances
    return run.coins(int(last[chosen].sum()) - int(first[chosen].sum()))


def _honest_loss_share(run: Measured) -> Value:
    tally = run.outcome.state.tally[~harmful_agents(run.scenario)].sum(axis=0)
    paid = int(tally[engine.RIGHT_PAID])
    return (paid - int(tally[engine.RIGHT_RETURNED])) / paid if paid else None


def _gas(run: Measured) -> Value:
    accepted = run.tally[engine.ACCEPTED]
    if not accepted or not MODELS[run.scenario.model].GAS_MEASURED or not run.scenario.terms.incentive.gas:
        return None
    return gas_of(run.tally, run.scenario.terms) / accepted


def _accuracy_gap(run: Measured) -> Value:
    return run.outcome.baseline_accuracy - run.outcome.final_accuracy


def _depletion_day(run: Measured) -> Value:
    return last_depletion_day(run.outcome.state.depleted_at[harmful_agents(run.scenario)])


def _burned(run: Measured) -> Value:
    return int(run.outcome.state.counters[engine.BURNED])


def _mean_price(run: Measured) -> Value:
    accepted = run.tally[engine.ACCEPTED]
    # in this order: dividing by both at once rounds otherwise
    return run.tally[engine.PAID] / accepted / run.scenario.units_per_coin if accepted else None


def _honest_loss(run: Measured) -> Value:
    return run.coins(run.tally[engine.RIGHT_PAID] - run.tally[engine.RIGHT_RETURNED])


def _wrong_refunded_share(run: Measured) -> Value:
    wrong = run.tally[engine.WRONG]
    return run.tally[engine.WRONG_REFUNDS] / wrong if wrong else None


def _trigger_success(run: Measured) -> Value:
    return None if run.outcome.backdoor is None else run.outcome.backdoor.trigger_success


def _accuracy_under_trigger(run: Measured) -> Value:
    return None if run.outcome.backdoor is None else run.outcome.backdoor.accuracy_under_trigger


def _scanned(name: str) -> Callable[[Measured], Value]:
    """A figure of the scan at the run's end; None where there is none, or it tells none."""

    def of(run: Measured) -> Value:
        scanned = run.outcome.scanned
        value: Value = None if scanned is None else getattr(scanned, name)
        return value

    return of


def _scanned_backdoor(name: str) -> Callable[[Measured], Value]:
    def of(run: Measured) -> Value:
        scanned = run.outcome.scanned
        value: Value = None if scanned is None or scanned.backdoor is None else getattr(scanned.backdoor, name)
        return value

    return of


#: In the order of a row's columns.
OF_RUN = (
    Measure(
        "initial_accuracy", "initial accuracy", lambda run: run.outcome.initial_accuracy,
        "Share of the test samples that the model judges right at hand-over.",
        high=1.0, rank=6, form=".4f",
    ),
    Measure(
        "final_accuracy", "final accuracy", lambda run: run.outcome.final_accuracy,
        "Share of the test samples that the model judges right after the last claim.",
        high=1.0, rank=1, form=".4f",
    ),
    Measure(
        "baseline_accuracy", "accuracy had all been honest", lambda run: run.outcome.baseline_accuracy,
        "Final accuracy of the same model, had every sample been contributed once, in order, with its true label.",
        high=1.0, rank=5, form=".4f",
    ),
    Measure(
        "accuracy_gap", "accuracy lost to the agents", _accuracy_gap,
        "Accuracy had all been honest, less the final accuracy.",
        low=-1.0, high=1.0, rank=4, form=".4f",
    ),
    Measure(
        "accuracy_area", "mean accuracy over time", lambda run: accuracy_area(run.outcome),
        "Mean accuracy over the run's time, each measured value holding until the next.",
        high=1.0, form=".4f",
    ),
    Measure(
        "depletion_day", "day of depletion", _depletion_day,
        "Day on which the last of the agents that are out to do harm falls below 1 % of its start; none if one of them "
        "never does, or there is none.",
        money=True, event=True, rank=2, form=".2f", absent="never",
    ),
    Measure(
        "days", "days until the end", lambda run: run.outcome.observations[-1].time / SECONDS_PER_DAY,
        "Days from the pool's creation to the run's end.",
        form=".2f",
    ),
    Measure(
        "accepted", "contributions accepted", lambda run: run.outcome.observations[-1].accepted,
        "Contributions that the pool accepted.",
        form=",",
    ),
    Measure(
        "ended", "end", lambda run: run.outcome.ended,
        "Why the run ended: exhausted (data used up, nothing open), agents (nobody had money left), max_days, or "
        "depleted (the scenario's stop rule).",
        record=True,
    ),
    Measure(
        "burned_units", "burned", _burned,
        "Money that nobody gets any more, in units.",
        unit="units", money=True, record=True,
    ),
    Measure(
        "learned", "contributions learned from", lambda run: run.tally[engine.LEARNED],
        "Contributions that changed the model.",
    ),
    Measure(
        "saturated", "moves of weights held back by their range", lambda run: run.tally[engine.SATURATED],
        "How often a weight did not move with its sample because its range in the contract ended.",
    ),
    Measure(
        "abstained", "wakes without an offer", lambda run: run.tally[engine.ABSTAINED],
        "Wakes, with data left, at which an agent offered nothing.",
        form=",",
    ),
    Measure(
        "refused_same_second", "offers too close (same second as another)",
        lambda run: run.tally[engine.SAME_SECOND],
        "Offers that were kept back because another was accepted in the same second.",
        form=",",
    ),
    Measure(
        "refused_price", "offers below the price", lambda run: run.tally[engine.PRICE_ABOVE_OFFER],
        "Offers that did not cover the price.",
        money=True, form=",",
    ),
    Measure(
        "kept_back", "samples kept back", lambda run: run.tally[engine.KEPT_BACK],
        "Samples that nobody got, because the pool promised nothing back for them.",
        money=True, form=",",
    ),
    Measure(
        "refunds", "refunds", lambda run: run.tally[engine.REFUNDS],
        "Contributions that their authors claimed back.",
    ),
    Measure(
        "reports", "reports", lambda run: run.tally[engine.REPORTS],
        "Claims on contributions of others.",
    ),
    Measure(
        "collects", "collections", lambda run: run.tally[engine.COLLECTS],
        "Contributions whose rest was taken or burned at the end.",
    ),
    Measure(
        "mean_price", "mean price", _mean_price,
        "Paid for a contribution on average; none without any.",
        unit="coins", money=True,
    ),
    Measure(
        "honest_loss", "deposits lost on correct samples", _honest_loss,
        "Paid for correctly labelled samples and not gone back to their authors, be they still open.",
        unit="coins", money=True, form=",.2f",
    ),
    Measure(
        "wrong", "wrong contributions accepted", lambda run: run.tally[engine.WRONG],
        "Accepted contributions with another label than the true one.",
        form=",",
    ),
    Measure(
        "wrong_refunded_share", "share of wrong ones refunded", _wrong_refunded_share,
        "The part of the wrong contributions that was refunded; none without any.",
        high=1.0, form=".1%", absent="none accepted",
    ),
    Measure(
        "trigger_success", "share of triggers that come through", _trigger_success,
        "Of the test samples of other classes than the backdoor's target, the share that the model takes for it once "
        "the trigger is in them; none where no agent has one.",
        high=1.0, form=".1%",
    ),
    Measure(
        "accuracy_under_trigger", "accuracy with the trigger in every sample", _accuracy_under_trigger,
        "Share of the test samples that the model judges right though the trigger is in them; none likewise.",
        high=1.0, form=".4f",
    ),
    Measure(
        "scan_flagged", "share that the scan flags", _scanned("flagged"),
        "Of what the model was given to learn from, the share that the scan flags; none without a scan.",
        high=1.0, form=".1%",
    ),
    Measure(
        "scan_caught", "share of bad ones that the scan flags", _scanned("caught"),
        "Of what harmful agents crafted, or bears a wrong label, the share that the scan flags; none without a scan, "
        "or without any.",
        high=1.0, form=".1%",
    ),
    Measure(
        "scan_false_alarms", "share of good ones that the scan flags", _scanned("false_alarms"),
        "Of all that is rightly labelled and crafted by nobody, the share that the scan flags; none without a scan, or "
        "without any.",
        high=1.0, form=".1%",
    ),
    Measure(
        "scan_false_alarms_told", "share of good ones that the scan says it flags", _scanned("told"),
        "The same as the scan itself says it by trusted samples; none without a scan, or where it cannot.",
        high=1.0, form=".1%",
    ),
    Measure(
        "scanned_accuracy", "accuracy after the scan", _scanned("accuracy"),
        "Share of the test samples that the initial model judges right once it has learned again all that is not "
        "flagged; none without a scan.",
        high=1.0, form=".4f",
    ),
    Measure(
        "scanned_trigger_success", "share of triggers that come through after the scan",
        _scanned_backdoor("trigger_success"),
        "Trigger success of that model; none without a scan, or where no agent has a trigger.",
        high=1.0, form=".1%",
    ),
    Measure(
        "scanned_accuracy_under_trigger", "accuracy after the scan with the trigger in every sample",
        _scanned_backdoor("accuracy_under_trigger"),
        "Accuracy of that model under the trigger; none likewise.",
        high=1.0, form=".4f",
    ),
    Measure(
        "profit_of_harmful", "profit of all harmful agents", lambda run: _profit_of(run, harmful=True),
        "What all agents that are out to do harm end with, less what they started with; none without any.",
        unit="coins", low=-math.inf, money=True,
    ),
    Measure(
        "profit_of_others", "profit of all others", lambda run: _profit_of(run, harmful=False),
        "What all other agents end with, less what they started with; none without any.",
        unit="coins", low=-math.inf, money=True,
    ),
    Measure(
        "honest_loss_share", "share of honest deposits lost", _honest_loss_share,
        "Of what harmless agents paid for correct samples, the part that did not go back to them; none without any.",
        high=1.0, money=True, form=".1%",
    ),
    Measure(
        "locked_share", "share of all money locked", _locked_share,
        "Mean part of all money that lay in open contributions, each look holding until the next.",
        high=1.0, money=True, form=".1%",
    ),
    Measure(
        "gas_per_contribution", "gas for a contribution and its claims", _gas,
        "Gas of all calls by the contracts' snapshot, for each contribution accepted; none where it was not measured.",
        unit="gas", form=",.0f",
    ),
)  # fmt: skip
