"""An EVM in memory (pyrevm 0.3.7) and the ABI coding that the agreement tests need.

Its traps: `commit()` breaks the journal's depth and is never called, gas is not a receipt's (slots stay warm between
calls) and is never quoted, the base fee is always 0, and `get_code` pads what it returns.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from earnest.contracts import load_artifact
from tests.agreement import py_evm

try:
    import pyrevm
except ModuleNotFoundError:
    # no wheel for this Python: the same through py-evm, slowly
    pyrevm = py_evm

#: Whether calls are fast enough for many of them.
IS_FAST = pyrevm.__name__ == "pyrevm"

ETHER = 10**18
RICH = 2**110
_REVERT = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}")


class RevertedError(Exception):
    """A call was reverted with a custom error; `name` is "" where there is no data, "Panic" for the compiler's own."""

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        super().__init__(f"{name}{values}")
        self.name = name
        self.values = values


@dataclass(frozen=True)
class Event:
    address: str
    name: str
    values: dict[str, Any]


def address(number: int) -> str:
    return f"0x{number:040x}"


def _type(parameter: dict[str, Any]) -> str:
    if not parameter["type"].startswith("tuple"):
        return parameter["type"]
    inner = ",".join(_type(component) for component in parameter["components"])
    return f"({inner}){parameter['type'][5:]}"


def _signature(item: dict[str, Any]) -> bytes:
    return keccak(f"{item['name']}({','.join(_type(i) for i in item['inputs'])})".encode())


class Interface:
    """Encodes calls of, and decodes answers, events and errors from, the contracts of these artifacts."""

    def __init__(self, *artifacts: str) -> None:
        items = [item for name in artifacts for item in load_artifact(name).abi]
        self.functions = {item["name"]: item for item in items if item["type"] == "function"}
        self.errors = {_signature(item)[:4]: item for item in items if item["type"] == "error"}
        self.events = {_signature(item): item for item in items if item["type"] == "event"}
        self._selectors = {name: _signature(item)[:4] for name, item in self.functions.items()}

    def call(self, function: str, *arguments: Any) -> bytes:
        types = [_type(i) for i in self.functions[function]["inputs"]]
        return self._selectors[function] + encode(types, arguments)

    def answer(self, function: str, output: bytes) -> Any:
        values = decode([_type(o) for o in self.functions[function]["outputs"]], output)
        if not values:
            return None
        return values[0] if len(values) == 1 else values

    def event(self, log: Any) -> Event:
        topics, data = log.data
        item = self.events[topics[0]]
        indexed = [i for i in item["inputs"] if i["indexed"]]
        plain = [i for i in item["inputs"] if not i["indexed"]]
        values = {i["name"]: decode([i["type"]], t)[0] for i, t in zip(indexed, topics[1:], strict=True)}
        decoded = decode([i["type"] for i in plain], data)
        values |= dict(zip((i["name"] for i in plain), decoded, strict=True))
        return Event(log.address.lower(), item["name"], {i["name"]: values[i["name"]] for i in item["inputs"]})

    def error(self, data: bytes) -> RevertedError:
        if not data:
            return RevertedError("", {})
        if data[:4] == bytes.fromhex("4e487b71"):
            return RevertedError("Panic", {"code": decode(["uint256"], data[4:])[0]})
        item = self.errors[data[:4]]
        decoded = decode([_type(i) for i in item["inputs"]], data[4:])
        return RevertedError(item["name"], dict(zip((i["name"] for i in item["inputs"]), decoded, strict=True)))


#: Everything that can be called in pools of the published life.
INTERFACE = Interface("PoolFactory", "IPoolFactory", "SelfAssessedSparsePerceptron", "IPool")
#: And in those whose judge is sealed: some functions have the same name there and another answer.
SEALED = Interface("ISealedPool")
# what any contract emits, or is reverted with
INTERFACE.errors |= SEALED.errors
INTERFACE.events |= SEALED.events


class Evm:
    """One chain; every account that sends is rich.

    Args:
        timestamp: of its blocks, in seconds; can be set later.
        base_fee: of its blocks, in wei. Gas is not paid for, but counted, which py-evm does.

    Attributes:
        gas: that each account's calls took, where there is a base fee.
    """

    def __init__(self, timestamp: int, base_fee: int = 0) -> None:
        self._module: Any = py_evm if base_fee else pyrevm
        self.machine = self._module.EVM(spec_id="PRAGUE")
        self.base_fee = base_fee
        self.gas: Counter[str] = Counter()
        self._rich: set[str] = set()
        self.timestamp = timestamp

    @property
    def timestamp(self) -> int:
        return self._timestamp

    @timestamp.setter
    def timestamp(self, value: int) -> None:
        self._timestamp = value
        self.machine.set_block_env(self._module.BlockEnv(number=1, timestamp=value, basefee=self.base_fee))

    def balance(self, holder: str) -> int:
        self._enrich(holder)
        return self.machine.get_balance(holder)

    def send(self, sender: str, to: str, data: bytes = b"", value: int = 0) -> tuple[bytes, list[Event]]:
        """Call and keep the changes.

        Raises:
            RevertedError: the call was reverted, and changed nothing.
        """
        self._enrich(sender)
        try:
            output = self.machine.message_call(sender, to, data, value=value)
        except RuntimeError as error:
            found = _REVERT.fullmatch(str(error))
            if found is None:
                raise
            raise INTERFACE.error(bytes.fromhex(found[1])) from None
        if self.base_fee:
            self.gas[sender] += self.machine.result.gas_used
        logs = self.machine.result.logs
        return bytes(output), [INTERFACE.event(log) for log in logs if log.data[0][0] in INTERFACE.events]

    def deploy(self, sender: str, code: bytes) -> str:
        self._enrich(sender)
        return self.machine.deploy(sender, code).lower()

    def deploy_runtime(self, sender: str, runtime: bytes) -> str:
        """Deploy a contract whose code on chain is exactly `runtime`."""
        # PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE (0), CODECOPY, RETURNDATASIZE (0), RETURN
        creation = b"\x61" + len(runtime).to_bytes(2, "big") + bytes.fromhex("80600a3d393df3")
        return self.deploy(sender, creation + runtime)

    def _enrich(self, holder: str) -> None:
        if holder not in self._rich:
            self._rich.add(holder)
            self.machine.set_balance(holder, RICH)
