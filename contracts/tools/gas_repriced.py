"""What calls cost, today and under the announced repricing: `python -m earnest.contracts.tools.gas_repriced`.

The drafts EIP-8037 and EIP-8038 charge for what the state grows by: 1,530 gas a byte, so 97,920 for a slot that was
zero before and 1,530 for each byte of code. Slots, code and accounts that a call adds are read from its trace on anvil.
What it pays for them today is taken off, and what they would cost is added; everything else is assumed to cost what it
costs now.
"""

from dataclasses import dataclass

from earnest.chain.gateway import Gateway
from earnest.chain.rpc import Rpc
from earnest.contracts.tools import gas_verbs
from earnest.contracts.tools.anvil import running_anvil

STATE_BYTE = 1_530
#: Bytes of state that a slot and an account are counted as.
SLOT_BYTES, ACCOUNT_BYTES = 64, 112
#: What they cost today: writing a slot that was zero rather than another (both are cold or warm alike), a byte of code,
#: and creating a contract.
SLOT_TODAY, CODE_BYTE_TODAY, ACCOUNT_TODAY = 20_000 - 2_900, 200, 32_000
SECONDS = 60


@dataclass(frozen=True)
class Growth:
    """What one call costs, and what it leaves in the state.

    Attributes:
        gas: today.
        slots: that were zero before, and are not after.
        code: bytes of contracts that it created.
        accounts: how many of those there are.
    """

    gas: int
    slots: int
    code: int
    accounts: int

    @property
    def repriced(self) -> int:
        """Gas under the drafts."""
        today = self.slots * SLOT_TODAY + self.code * CODE_BYTE_TODAY + self.accounts * ACCOUNT_TODAY
        bytes_ = self.slots * SLOT_BYTES + self.code + self.accounts * ACCOUNT_BYTES
        return self.gas - today + bytes_ * STATE_BYTE


class Meter:
    """Reads what the last transaction of a chain did."""

    def __init__(self, url: str) -> None:
        self._rpc = Rpc(url, SECONDS)

    def last(self, gas: int) -> Growth:
        """What the newest block's one transaction, which used so much gas, left in the state."""
        (sent,) = self._rpc.request("eth_getBlockByNumber", "latest", False)["transactions"]
        options = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
        found = self._rpc.request("debug_traceTransaction", sent, options)
        before, after = found["pre"], found["post"]
        slots = 0
        created = []
        for account, state in after.items():
            known = before.get(account, {}).get("storage", {})
            slots += sum(
                int(value, 16) != 0 and int(known.get(slot, "0x0"), 16) == 0
                for slot, value in state.get("storage", {}).items()
            )
            if "code" in state and "code" not in before.get(account, {}):
                created.append(len(state["code"]) // 2 - 1)
        return Growth(gas, slots, sum(created), len(created))


def measure(url: str) -> dict[str, Growth]:
    """Every verb of the interfaces, by name, on a chain of ours; slots that are written once for all were so before."""
    meter, found = Meter(url), {}

    def note(name: str, gas: int) -> None:
        found[name] = meter.last(gas)

    gas_verbs.measure(Gateway(url), note)
    return found


def table(found: dict[str, Growth]) -> str:
    """As Markdown."""
    lines = [
        "| call | gas today | new slots | bytes of code | contracts | repriced | times |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one.gas:,} | {one.slots} | {one.code:,} | {one.accounts} | {one.repriced:,} | "
        f"{one.repriced / one.gas:.1f} |"
        for name, one in found.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure on a node of our own, and print the table."""
    with running_anvil() as url:
        print(table(measure(url)))


if __name__ == "__main__":
    main()
