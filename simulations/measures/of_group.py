"""Measures of each group of agents: what it ends with, what it did, and what it got."""

import math

import numpy as np

from earnest.simulations.engine import types as engine
from earnest.simulations.measures.gas import gas_of
from earnest.simulations.measures.measure import Measure, Measured, Value, last_depletion_day


def _profit(of: Measured) -> float:
    return of.coins(of.balance_units) - of.start_balance


def _profit_after_gas(of: Measured) -> Value:
    price = of.scenario.gas_price
    gas = gas_of(of.tally, of.scenario.terms) * price / 1e6 if price else 0.0
    return _profit(of) - gas


def _gone_day(of: Measured) -> Value:
    gone_at = of.outcome.state.tally[of.members, engine.GONE_AT]
    return last_depletion_day(np.where(gone_at == 0, engine.NONE, gone_at))


#: In the order of a row's columns.
OF_GROUP = (
    Measure(
        "balance", "balance of {}", lambda of: of.coins(of.balance_units),
        "What the group has at the end, wallet and credit.",
        unit="coins", money=True, group=True, rank=3, form=",.2f",
    ),
    Measure(
        "balance_units", "balance of {} in units", lambda of: of.balance_units,
        "The same in units, without rounding.",
        unit="units", money=True, group=True, record=True,
    ),
    Measure(
        "depletion_day", "day of depletion of {}",
        lambda of: last_depletion_day(of.outcome.state.depleted_at[of.members]),
        "Day on which the last of the group falls below 1 % of its start; none if one of them never does.",
        money=True, group=True, event=True, absent="never",
    ),
    Measure(
        "gone_day", "day on which nine tenths of {}'s money are gone", _gone_day,
        "Day on which the last of the group has lost nine tenths of its start for good; none if one never does.",
        money=True, group=True, event=True, absent="never",
    ),
    Measure(
        "profit", "profit of {}", _profit,
        "What the group ends with less what it started with.",
        unit="coins", low=-math.inf, money=True, group=True, form=",.2f",
    ),
    Measure(
        "profit_after_gas", "profit of {} after gas", _profit_after_gas,
        "The profit less what the group's calls cost, by the contracts' gas snapshot, at the scenario's gas_price.",
        unit="coins", low=-math.inf, money=True, group=True,
    ),
    Measure(
        "accepted", "contributions of {}", lambda of: of.tally[engine.ACCEPTED],
        "Contributions of the group that the pool accepted.",
        group=True,
    ),
    Measure(
        "wrong", "wrong contributions of {}", lambda of: of.tally[engine.WRONG],
        "Those of them with another label than the true one.",
        group=True,
    ),
    Measure(
        "refunded", "refunds to {}", lambda of: of.coins(of.tally[engine.REFUNDED]),
        "Deposits that the group got back.",
        unit="coins", money=True, group=True,
    ),
    Measure(
        "reported", "shares that {} took by reports", lambda of: of.coins(of.tally[engine.REPORTED]),
        "Parts of others' deposits that the group got by reports.",
        unit="coins", money=True, group=True,
    ),
    Measure(
        "collected", "leftovers that {} collected", lambda of: of.coins(of.tally[engine.COLLECTED]),
        "Rests of deposits that the group collected at the end.",
        unit="coins", money=True, group=True,
    ),
)  # fmt: skip
