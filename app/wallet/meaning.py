"""What a call to a pool does, in a sentence, read back from its data."""

from collections import Counter
from collections.abc import Sequence

from earnest.chain.tokens import Token
from earnest.wallet.verbs import INDICES, SAMPLES, TOKENS, Meant

#: How the verbs that ask for indices or nothing go on.
_DOES = {
    "refund": "Take back the deposit of {what}",
    "report": "Take a share of the deposit of {what}",
    "collect": "Clear what is left of {what}",
    "settle": "Take back the deposit of {what}, which then teaches the learner,",
    "seal": "Seal the judge anew",
    "withdraw": "Pay out all that the pool owes the account",
    "approve": "Let the pool take {what} from the account, in place of what it might take before,",
    "deposit": "Put {what} into the account's credit",
    "permitted": "Put {what} into the account's credit, as a signature of it permits,",
    "pause": "Stop new contributions, as its owner",
    "unpause": "Let contributions go on, as its owner",
}


def sentence(meant: Meant, name: str, address: str, value: int, token: Token | None = None) -> str:
    """The sentence.

    Args:
        meant: what the call says.
        name: of the pool.
        address: of the pool.
        value: wei that are sent along.
        token: that the pool's deposits are paid in; None for native coin.
    """
    where = f"in pool {name} ({address})"
    if meant.verb.asks == SAMPLES:
        labels = Counter(item.label for item in meant.items)
        told = ", ".join(f"{count} with label {label}" for label, count in sorted(labels.items(), key=str))
        many = len(meant.items)
        together = ", under one commitment" if meant.one_commitment else ""
        if token is not None:
            return (
                f"Contribute {many} sample{'' if many == 1 else 's'} {where}{together}: {told}; each may cost at most "
                f"{token.amount(meant.max_price or 0)}, and the pool takes what the credit does not cover."
            )
        return (
            f"Contribute {many} sample{'' if many == 1 else 's'} {where}{together}: {told}; each may cost at most "
            f"{meant.max_price} wei, and {value} wei are sent, of which what is not used becomes credit."
        )
    what = _numbers([item.index for item in meant.items]) if meant.verb.asks == INDICES else ""
    if meant.verb.asks == TOKENS:
        amount = meant.amount or 0
        what = f"{amount} of its token's units" if token is None else token.amount(amount)
    does = _DOES.get(meant.verb.name, f"{meant.verb.name.capitalize()} {{what}}").format(what=what).strip()
    return f"{does} {where}."


def _numbers(indices: Sequence[int | None]) -> str:
    """Contributions by their numbers."""
    listed = [str(index) for index in indices]
    if len(listed) == 1:
        return f"contribution {listed[0]}"
    return f"contributions {', '.join(listed[:-1])} and {listed[-1]}"
