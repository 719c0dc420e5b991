"""The incentives' functions for compiled code, each behind the small number that the registry gives its incentive.

`refund_refusal(number, p, totals, ...)` is that of the incentive of this number, and so on for each of `Kernels`. They
are written when this module is imported, of what ships and of guests alike.
"""

from importlib import resources

from earnest.core.dispatch import dispatched
from earnest.core.incentives.base import SIGNATURES, Kernels
from earnest.core.incentives.registry import INCENTIVES

_NUMBERED = Kernels(
    **{
        name: dispatched(name, arguments, [getattr(one.kernels, name) for one in INCENTIVES.values()])
        for name, arguments in SIGNATURES.items()
    }
)
price_rounded_down = _NUMBERED.price_rounded_down
refund_window = _NUMBERED.refund_window
report_window = _NUMBERED.report_window
collect_from = _NUMBERED.collect_from
refund_refusal = _NUMBERED.refund_refusal
report_refusal = _NUMBERED.report_refusal
collect_refusal = _NUMBERED.collect_refusal
share_rounded_down = _NUMBERED.share_rounded_down
burns_leftover = _NUMBERED.burns_leftover


def sources() -> str:
    """All that compiled code takes from the incentives: our files here, guests' digests, and the order of numbers."""
    files = sorted(resources.files(__package__).iterdir(), key=lambda file: file.name)
    ours = [file.read_text("utf-8") for file in files if file.name.endswith(".py")]
    guests = INCENTIVES.sources()
    return "\0".join([*ours, *INCENTIVES, *(f"{name} {guests[name]}" for name in guests)])
