"""What an incentive must do whose judge is sealed; see `incentives`."""

import random
from collections.abc import Callable

import numpy as np

from earnest.core.incentives import refusals
from earnest.core.incentives.base import Incentive, Terms
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.sealed import AGREED, AT_RISK, CASES, PROMISED, SEALED_SIGNATURES, TEACHES_NOT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.refusal import Refusal
from earnest.core.pool.sealed_twin import SealedPoolTwin
from earnest.testing.checks import require
from earnest.testing.incentives import COMMANDS, compiled_alone, packed, pools

#: Standing that is tried.
_STANDINGS = (0, 1, 2, 3, 29, 30, 31, 255, 256, 65_535)
#: How far a judge's weight may go up.
_MOST = (2**15 - 1, 2**23 - 1)
_AGES = (0, 1, 2, 3, 4, 9, 10, 254, 255, 256, 1_000)


def deposits_rise_with_the_risk(incentive: Incentive) -> None:
    """Agreeing costs least, a deposit at risk most, and each is an amount that a pool can hold."""
    for terms in pools(incentive):
        deposits = [incentive.sealed.deposit_of(terms.numbers, case) for case in range(len(CASES))]
        require(deposits == sorted(deposits), f"{terms.by_slot()} costs {deposits} for {', '.join(CASES)}.")
        require(deposits[0] >= 1 and deposits[-1] <= MAX_AMOUNT, f"{terms.by_slot()} costs {deposits}.")


def standing_pays_for_what_is_promised(incentive: Incentive) -> None:
    """Whoever agrees is never at risk, nobody's standing falls below 0, and only disagreeing takes any."""
    for terms in pools(incentive):
        kernels, p = incentive.sealed, terms.numbers
        for standing in _STANDINGS:
            require(kernels.case_of(p, True, standing) == AGREED, f"Agreeing with standing {standing} is at risk.")
            case = kernels.case_of(p, False, standing)
            require(case in (PROMISED, AT_RISK), f"Disagreeing with standing {standing} is {case}.")
            after = kernels.standing_after(p, case, standing)
            require(0 <= after <= standing, f"{terms.by_slot()}: disagreeing takes standing {standing} to {after}.")
            agreed = kernels.standing_after(p, AGREED, min(standing, _most(terms)))
            require(agreed >= min(standing, _most(terms)), f"Agreeing takes standing {standing} to {agreed}.")


def what_is_safe_stays_safe(incentive: Incentive) -> None:
    """What was agreed or promised is never refused once it is old enough; nothing closed or another's is settled."""
    for terms in pools(incentive):
        kernels, p = incentive.sealed, terms.numbers
        for standing in _STANDINGS:
            for case in (AGREED, PROMISED):
                codes = [kernels.settle_refusal(p, age, 0, case, True, True, False, standing) for age in _AGES]
                opened = codes.index(refusals.OK) if refusals.OK in codes else len(codes)
                require(set(codes[opened:]) <= {refusals.OK}, f"{CASES[case]} at the ages {_AGES} is answered {codes}.")
            for agrees in (False, True):
                for age in _AGES:
                    closed = kernels.settle_refusal(p, age, 0, AT_RISK, False, True, agrees, standing)
                    others = kernels.settle_refusal(p, age, 0, AT_RISK, True, False, agrees, standing)
                    own = kernels.settle_refusal(p, age, 0, AT_RISK, True, True, agrees, standing)
                    require(closed == refusals.CLOSED, f"A closed contribution is answered {closed}.")
                    require(others == refusals.NOT_CONTRIBUTOR, f"Another's contribution is answered {others}.")
                    expired = kernels.expired_epoch(p, age) >= 0
                    require(not (expired and own == refusals.OK), f"At the age {age} what expired is settled.")
                    if own == refusals.OK:
                        after = kernels.standing_settled(p, AT_RISK, agrees, standing)
                        require(after >= 0, f"{terms.by_slot()}: settling takes standing {standing} to {after}.")


def teaching_is_paid_for_out_of_standing(incentive: Incentive) -> None:
    """What teaching takes is there."""
    for terms in pools(incentive):
        for case in range(len(CASES)):
            for standing in _STANDINGS:
                for agrees in (False, True):
                    cost = incentive.sealed.teaching_cost(terms.numbers, case, agrees, standing)
                    require(
                        cost == TEACHES_NOT or 0 <= cost <= standing, f"Teaching takes {cost} of standing {standing}."
                    )


def judge_follows_the_learner(incentive: Incentive) -> None:
    """A seal never moves a weight away from the learner's, stays in range, and rests where both are the same."""
    draw = random.Random(9)
    for terms in pools(incentive):
        kernels, p = incentive.sealed, terms.numbers
        for _ in range(40):
            most = draw.choice(_MOST)
            weight, judge = draw.randint(-600, 600), draw.randint(-most - 1, most)
            target, epoch = kernels.judge_of(p, weight, most), draw.choice([0, 1, 20, 2**20])
            moved = kernels.moved(p, epoch, judge, weight, most)
            require(-most - 1 <= moved <= most, f"A seal moves {judge} to {moved}, beyond {most}.")
            require(
                min(judge, target) <= moved <= max(judge, target), f"A seal moves {judge} to {moved}, past {target}."
            )
            require(kernels.moved(p, epoch, target, weight, most) == target, "The judge does not rest.")


def seal_brings_nobody_a_profit(incentive: Incentive) -> None:
    """It is paid at most what its gas costs, out of the budget, and only where somebody waits for it."""
    draw = random.Random(11)
    for terms in pools(incentive):
        kernels, p = incentive.sealed, terms.numbers
        for _ in range(40):
            budget, cost, awaited = (draw.choice([0, 1, draw.randrange(2**40)]) for _ in range(3))
            bounty = kernels.bounty_of(p, budget, awaited, cost)
            require(0 <= bounty <= min(budget, cost), f"A seal that costs {cost} is paid {bounty} out of {budget}.")
            require(awaited or not bounty, f"A seal that nobody waits for is paid {bounty}.")
        for case in range(len(CASES)):
            ages = [
                age for age in range(300) if kernels.settle_refusal(p, age, 0, case, True, True, True, 0) == refusals.OK
            ]
            waits = kernels.awaited_after(p, case, 0)
            require(not ages or waits >= ages[0], f"{CASES[case]}: {waits} seals are paid for, {ages[:1]} are needed.")
            require(kernels.awaited_after(p, case, 1_000) == 1_000, "A contribution takes seals away from others.")


def interpreted_and_compiled_agree(incentive: Incentive) -> None:
    """Each function, compiled by numba, answers what it answers interpreted."""
    compiled = {name: compiled_alone(name, getattr(incentive.sealed, name)) for name in SEALED_SIGNATURES}
    draw = random.Random(7)
    for terms in pools(incentive, highest=2**28):
        for name, function in compiled.items():
            for _ in range(5):
                drawn = {
                    "p": terms.numbers, "epoch": draw.randrange(300), "made": draw.randrange(40),
                    "case": draw.randrange(3), "standing": draw.choice(_STANDINGS), "gap": draw.randint(-999, 999),
                    "sealed_at": draw.randrange(10**6), "now": draw.randrange(10**6),
                    "most": draw.choice(_MOST), "judge": draw.randint(-_MOST[0] - 1, _MOST[0]),
                    "weight": draw.randint(-4_000, 4_000),
                    "budget": draw.randrange(2**40), "awaited": draw.randrange(5), "cost": draw.randrange(2**40),
                }  # fmt: skip
                booleans = ("agrees", "is_open", "is_author", "learner_agrees")
                drawn |= {one: draw.random() < 0.6 for one in booleans}
                values = [drawn[argument] for argument in SEALED_SIGNATURES[name].split(", ")]
                told = getattr(incentive.sealed, name)(*values)
                found = function(*(packed(value) for value in values))
                require(told == found, f"{name}({values}) is {told} interpreted and {found} compiled.")


def money_is_conserved(incentive: Incentive) -> None:
    """On the twin: escrow is what is owed, with the budget it is the balance, and a refused command changes nothing."""
    for number, terms in enumerate(pools(incentive, highest=10**6)):
        draw, world = random.Random(number), _World(terms.replaced(judge_shift=0))
        for _ in range(COMMANDS):
            world.act(draw)
            _, _, _, escrow, budget = world.pool.state()
            require(world.pool.liabilities() == escrow, f"{world.pool.liabilities()} are owed, {escrow} in escrow.")
            require(escrow + budget == world.pool.balance, f"{escrow} and {budget} are not {world.pool.balance}.")
            require(budget >= 0, f"The budget is {budget}.")
            require(
                all(0 <= world.pool.account(one)[1] <= _most(terms) for one in world.PEOPLE),
                "Standing is out of range.",
            )


def _most(terms: Terms) -> int:
    return terms["most_standing"]


class _World:
    """A pool under some terms, and people who do what comes to their minds."""

    PEOPLE = ("0x" + "a1" * 20, "0x" + "b2" * 20, "0x" + "c3" * 20)

    def __init__(self, terms: Terms) -> None:
        self.now = 1000
        self.pool = SealedPoolTwin(
            SparsePerceptron.from_weights([0, 2, -2, 1]),
            np.array([0, 3, -3, 0], np.int32),
            terms.replaced(most_features=0),
            self.now,
        )
        self.samples: list[bytes] = []

    def act(self, draw: random.Random) -> None:
        """Give the pool one command; one that it refuses must leave no trace."""
        before = self._seen()
        try:
            self._command(draw)
        except Refusal as refusal:
            require(self._seen() == before, f"{refusal.name} was refused and yet changed the pool.")

    def _seen(self) -> tuple[object, ...]:
        pool = self.pool
        accounts = tuple(pool.account(one) for one in self.PEOPLE)
        return pool.state(), accounts, pool.balance, pool.learner.digest(), pool.judge.tobytes(), len(pool.events)

    def _command(self, draw: random.Random) -> None:
        pool, who = self.pool, draw.choice(self.PEOPLE)
        self.now += draw.choice([0, 1, pool.terms["epoch_length"]])
        verb = draw.choice(["contribute", "contribute", "settle", "settle", "settle", "seal", "withdraw", "fund"])
        if verb == "contribute":
            sample, label = pack_sample(sorted(draw.sample(range(3), draw.randint(1, 3)))), draw.randint(0, 1)
            price = pool.quote(who, sample, label).price
            pool.contribute(who, sample, label, price, value=max(0, price + draw.choice([-1, 0, 0, 3])))
            self.samples.append(sample)
        elif verb == "settle" and pool.contributions:
            made = draw.choice(pool.contributions)
            pool.settle(draw.choice([who, made.contributor]), made, self.samples[made.index])
        elif verb == "seal":
            pool.seal(who, now=self.now, cost=draw.choice([0, 1, 10**6]))
        elif verb == "withdraw":
            pool.withdraw(who)
        elif verb == "fund":
            pool.fund(who, value=draw.randrange(5))


#: Checks of an incentive whose judge is sealed, beside those of every incentive.
SEALED_CHECKS: tuple[Callable[[Incentive], None], ...] = (
    deposits_rise_with_the_risk,
    standing_pays_for_what_is_promised,
    what_is_safe_stays_safe,
    teaching_is_paid_for_out_of_standing,
    judge_follows_the_learner,
    seal_brings_nobody_a_profit,
    interpreted_and_compiled_agree,
    money_is_conserved,
)
