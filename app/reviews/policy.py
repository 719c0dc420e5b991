"""What of a pool's contributions its owner has to look at, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from earnest.pools.quality.schemas import QualityShown
from earnest.reviews.schemas import PolicyShown


def reasons_of(policy: PolicyShown, found: QualityShown, labels: Mapping[int, str]) -> dict[int, list[str]]:
    """Each contribution that a policy names, by its number, with a sentence for each reason.

    Args:
        policy: of the pool.
        found: what was seen of its newest contributions.
        labels: who contributed which, by number.
    """
    reasons: defaultdict[int, list[str]] = defaultdict(list)
    if policy.duplicates:
        for group in found.groups:
            # the first of a group is what the others are like
            for index in group.indices[1:]:
                reasons[index].append(
                    f"Its text is nearly that of contribution #{group.indices[0]}, one of {group.contributions} alike."
                )
    for doubt in found.doubts.items if found.doubts else ():
        if doubt.confidence < policy.doubts_below:
            reasons[doubt.index].append(
                f"Its label is doubtful: class {doubt.likely} is likelier, and its own has {doubt.confidence:.2f} of 1."
            )
    for contributor, share in _disagreeing(policy, found):
        for index in sorted(number for number, who in labels.items() if who == contributor):
            told = f"The model agreed with {100 * share:.0f} % of this contributor's labels when they came."
            reasons[index].append(told)
    return dict(reasons)


def _disagreeing(policy: PolicyShown, found: QualityShown) -> Sequence[tuple[str, float]]:
    """Contributors of many labels whom the model agreed with too rarely, and in what share of their labels."""
    return [
        (one.contributor, one.agreed)
        for one in found.contributors
        if one.agreed is not None and one.agreed < policy.agreed_below and one.contributions >= policy.agreed_from
    ]
