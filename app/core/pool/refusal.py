"""What a pool refuses, by the names and values of the contract's custom errors."""

from earnest.core.errors import CoreError
from earnest.core.incentives import refusals as codes
from earnest.core.pool.contribution import Contribution

#: `until` of a window that never closes.
NEVER = 2**256 - 1


class Refusal(CoreError):
    """A command that the contract would revert.

    Attributes:
        name: the contract's custom error.
        values: that error's values by name.
    """

    def __init__(self, name: str, **values: int | str) -> None:
        listed = ", ".join(f"{key} {value}" for key, value in values.items())
        super().__init__(f"The pool refuses this with {name}({listed}).")
        self.name = name
        self.values = values


def claim_refusal(
    code: int,
    contribution: Contribution,
    *,
    caller: str,
    now: int,
    window: tuple[int, int],
    predicted: int = 0,
    last_accepted: int = 0,
    paused_since: int = 0,
) -> Refusal | None:
    """Translate the code of a refused claim.

    Args:
        code: what `refund_refusal`, `report_refusal` or `collect_refusal` answered.
        contribution: what is claimed.
        caller: who claims.
        now: chain time, in seconds.
        window: first and last second in which the claim is open; `NEVER` as the last when it does not close.
        predicted: the model's class now; not read when collecting, which does not ask the model.
        last_accepted: time of the last accepted contribution; read by the guard only.
        paused_since: when the running pause began; read where it stops a report.

    Returns:
        None when the code is OK.
    """
    index, label = contribution.index, contribution.label
    times: dict[str, int | str] = {"index": index, "timestamp": now, "from": window[0], "until": window[1]}
    refusals: dict[int, tuple[str, dict[str, int | str]]] = {
        codes.CLOSED: ("ContributionClosed", {"index": index}),
        codes.NOT_CONTRIBUTOR: (
            "NotContributor",
            {"index": index, "caller": caller, "contributor": contribution.contributor},
        ),
        codes.GUARDED: ("ClaimGuarded", {"index": index, "time": last_accepted}),
        codes.REPORTS_PAUSED: ("ReportsPaused", {"index": index, "since": paused_since}),
        codes.OWN_CONTRIBUTION: ("OwnContribution", {"index": index, "caller": caller}),
        codes.TOO_EARLY: ("TooEarly", times),
        codes.TOO_LATE: ("TooLate", times),
        codes.NOT_VERIFIED: ("NotVerified", {"caller": caller}),
        codes.ALREADY_REPORTED: ("AlreadyReported", {"index": index, "caller": caller}),
        codes.MODEL_DISAGREES: (
            "ModelDisagrees",
            {"index": index, "predicted": predicted, "label": label},
        ),
        codes.MODEL_AGREES: ("ModelAgrees", {"index": index, "label": label}),
    }
    if code == codes.OK:
        return None
    name, values = refusals[code]
    return Refusal(name, **values)
