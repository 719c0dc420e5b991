"""What advice cannot promise: what the incentive says of itself, and where simulating ends."""

from earnest.core.incentives.registry import INCENTIVES
from earnest.simulations.advise.candidates import Candidate
from earnest.simulations.advise.question import Question
from earnest.simulations.advise.samples import Sizes
from earnest.simulations.agents.registry import BEHAVIOURS


def cannot_promise(question: Question, candidate: Candidate, sizes: Sizes) -> list[str]:
    """Sentences, the limits of simulating first."""
    return [*_limits(question, sizes), *INCENTIVES[candidate.incentive].words.risks]


def _limits(question: Question, sizes: Sizes) -> list[str]:
    told = []
    if question.harmful:
        kinds = "; ".join(f"{kind} {BEHAVIOURS[kind].words}" for kind in question.attackers)
        told.append(
            f"Attackers are as strong as they were simulated, and no stronger: {question.harmful} of "
            f"{question['contributors']} contributors, each with {question['budget']:g} ETH, all of one kind in a run "
            f"({kinds}). Each follows one fixed strategy; the best answer to a rule is not searched for."
        )
    else:
        told.append("Nobody attacks in these runs: they say nothing of a pool that somebody attacks.")
    others = [kind for kind, one in BEHAVIOURS.items() if one.harms and kind not in question.attackers]
    if others:
        told.append(f"Kinds that ship and were not simulated: {', '.join(others)}.")
    told.append(
        f"Intervals are of 95 %, over {len(question.seeds)} draws of what agents do, on the same samples in the same "
        "order: they say nothing of other data, and nothing of labels whose meaning changes."
        if len(question.seeds) > 1
        else "One draw has no interval: how far others would be from it is not known."
    )
    if sizes.contributed < question["contributions"]:
        told.append(
            f"{question['contributions']:,} contributions are expected, and the data have {sizes.contributed:,} "
            "samples left for them: the rest was not simulated."
        )
    told.append(
        f"Honest contributors hand in the data's own labels, of which {question['mistakes']:.1%} are turned by "
        f"mistake, are ready to pay {question['deposit']:g} ETH on average, and claim whenever they wake, about every "
        f"{question['days'] * 24 * question['contributors'] / question['contributions']:.3g} hours; people forget, and "
        "lose deposits by that."
    )
    told.append("Gas is not counted, nor what ether is worth; on a real chain both decide who comes.")
    return told
