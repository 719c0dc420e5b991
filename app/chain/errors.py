"""Errors of the chain.

ChainError (EarnestError)
├── ChainUnavailable     the node does not answer
│   ├── HistoryMissing   it lacks the state that was asked for
│   └── FeesTooHigh      gas costs more than the operator allows
├── LogRangeRefused      the node does not tell so many logs at once
├── DevelopmentOnly      only development chains have this
├── ChainMismatch        the node serves another chain than the one that was stored
├── TransactionRefused   the node did not take a transaction
├── GasLimitExceeded     a call does not fit into one transaction
├── UnknownRevert        a call reverted without one of our errors
└── ContractError        a contract refused; a subclass for each custom error, in `CONTRACT_ERRORS`
"""

import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, ClassVar

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from earnest.chain.implementations import FIRST_IMPLEMENTATION
from earnest.contracts import load_artifact
from earnest.errors import EarnestError


class ChainError(EarnestError):
    """Something about the chain."""

    status = 502
    type = "chain-error"
    title = "Chain error"


class ChainUnavailable(ChainError):
    """The node does not answer."""

    status = 503
    type = "chain-unavailable"
    title = "Chain unavailable"


class HistoryMissing(ChainUnavailable):
    """The node has forgotten a state, or does not have it yet."""

    type = "history-missing"
    title = "History missing"


class FeesTooHigh(ChainUnavailable):
    """Gas costs more than the operator allows; what waits is sent when it costs less."""

    type = "fees-too-high"
    title = "Fees too high"


class LogRangeRefused(ChainError):
    """The node does not tell the logs of so many blocks, or so many logs, at once."""

    status = 503
    type = "log-range-refused"
    title = "Log range refused"


class ChainMismatch(ChainError):
    """The node serves another chain than the one that was stored."""

    status = 503
    type = "chain-mismatch"
    title = "Chain mismatch"


class DevelopmentOnly(ChainError):
    """Only development chains have this."""

    status = 403
    type = "development-only"
    title = "Development chains only"


class TransactionRefused(ChainError):
    """The node did not take a transaction; it has not changed anything."""

    status = 502
    type = "transaction-refused"
    title = "Transaction refused"


class GasLimitExceeded(ChainError):
    """A call needs more gas than one transaction may have."""

    status = 422
    type = "gas-limit-exceeded"
    title = "Gas limit exceeded"


class UnknownRevert(ChainError):
    """A call reverted without one of our errors."""

    status = 409
    type = "reverted"
    title = "Reverted"


class ContractError(ChainError):
    """A contract refused a call.

    Attributes:
        name: the custom error's name in Solidity.
        values: its values by name.
    """

    status = 409
    name: ClassVar[str] = ""
    signature: ClassVar[str] = ""
    inputs: ClassVar[tuple[tuple[str, str], ...]] = ()
    sentence: ClassVar[str] = ""

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self._told(_UNITS), error=self.name, values=values)

    def told_in(self, amount: Callable[[int], str]) -> str:
        """The sentence, where it is known what the pool's deposits are paid in.

        Args:
            amount: says an amount of that.
        """
        return self._told(dict.fromkeys(_UNITS, amount))

    def _told(self, units: Mapping[str, Callable[[int], str]]) -> str:
        shown = {name: f"0x{value.hex()}" if isinstance(value, bytes) else value for name, value in self.values.items()}
        return _Sentence(units).vformat(self.sentence, (), shown)


class _Sentence(Formatter):
    """Fills a sentence in; what stands behind a value's colon may be one of these units."""

    def __init__(self, units: Mapping[str, Callable[[int], str]]) -> None:
        self._units = units

    def format_field(self, value: Any, format_spec: str) -> Any:
        unit = self._units.get(format_spec)
        return super().format_field(value, format_spec) if unit is None else unit(value)


#: Amounts of money by what stands behind their colon in the sentences below, while nobody knows which pool it is: of
#: deposits, which are in native coin if nothing else is said, and of a token, whatever it is.
_UNITS: dict[str, Callable[[int], str]] = {
    "deposit": lambda amount: f"{amount} wei",
    "token": lambda amount: f"{amount} of the token's units",
}

#: What each error means to a user; the values are the error's own.
_SENTENCES = {
    "AlreadyReported": "{caller} has taken its share of contribution {index} already.",
    "BatchLengthInvalid": "The batch has {samples} samples and {labels} labels; give as many of each, at least one.",
    "BatchTooLong": "A committed batch of {samples} samples is too long; give at most {maximum}.",
    "ClaimGuarded": "A contribution was accepted in this very second ({time}), so that contribution {index} cannot be "
    "claimed in it: try again in the next.",
    "ChunkLengthInvalid": "A chunk of weights has {length} bytes; it must have from 1 to {maximum}.",
    "ContributionClosed": "Nothing is left to claim of contribution {index}.",
    "ContributionMismatch": "Contribution {index} is not what the call says it is.",
    "ContributionUnknown": "There is no contribution {index}; the pool has {count}.",
    "ContributionsPaused": "The owner has paused contributions to this pool; claims and withdrawals go on.",
    "NoToken": "The pool's deposits are paid in native coin: send it with the contribution.",
    "NotDelegated": "The contract that moves tokens for pools is not to be called by itself.",
    "NotInBatch": "Contribution {index} does not belong to the committed batch that begins at {firstIndex}.",
    "NotOwner": "{caller} does not own the pool; {owner} does.",
    "NotPendingOwner": "The pool was not offered to {caller} but to {pendingOwner}.",
    "ChunkNotStored": "The chunk {chunk} was not stored by this factory, so its code may change: use storeChunk.",
    "WeightsHashMismatch": "The stored chunks hold initial weights with the hash {actual}, not {expected}.",
    "Expired": "Contribution {index} could be settled up to epoch {until}; now it is epoch {epoch}.",
    "ImplementationMissing": "There is no contract at {implementation} to make a pool of.",
    "ModelParametersLengthInvalid": "The model's parameters have {length} bytes; they must have {expected}.",
    "IncentiveLengthInvalid": "The incentive's parameters have {length} bytes; they must have {expected}.",
    "IncentivePriceOutOfRange": "The price's parameters, {weightOrCost:deposit} and {step:deposit}, are out of range.",
    "IncentiveRuleUnknown": "Price rule {priceRule} or leftover rule {leftoverRule} is unknown.",
    "IncentiveSafeguardsUnknown": "Safeguards {safeguards} are unknown; add up 1 (guard), 2 (refund by anyone), "
    "4 (pauses extend).",
    "IncentiveWaitTooLong": "Refunds would wait {refundWait} s; in a guarded pool they wait at most {maximum} s.",
    "IncentiveWindowTooShort": "The windows leave {window} s for reports; a guarded pool leaves at least {minimum} s.",
    "IncentiveWindowsMisordered": "refundWait ({refundWait} s) and headStart ({headStart} s) together must be below "
    "collectWait ({collectWait} s).",
    "JudgeDisagrees": "The judge predicts {predicted} for contribution {index}, not {label}, and its author has too "
    "little standing: try again after another seal, until it expires.",
    "LabelOutOfRange": "Label {label} is unknown; the model has {classes} classes, from 0.",
    "ModelAgrees": "The model agrees with the label of contribution {index}, so it cannot be reported now.",
    "ModelChunksInvalid": "There are {chunks} chunks of initial weights; the model reads {expected}.",
    "ModelCountAboveSamples": "The initial counts of class {classIndex} say that a word is in more than its {samples} "
    "samples.",
    "ModelDisagrees": "The model predicts {predicted} for contribution {index}, not {label}: no refund now.",
    "ModelParametersInvalid": "A model of {size} words or dimensions with {other} as its step, classes, scale or "
    "largest sample is out of range.",
    "ModelWeightOutOfRange": "Initial weight {index} is {weight}: no samples could have led to it, or none could ever "
    "bring it across 0.",
    "ModelWeightsInvalid": "Chunk {chunk} of the initial weights has {length} bytes, not {expectedLength}.",
    "NotContributor": "{caller} did not submit contribution {index}; {contributor} did, and only it gets a refund.",
    "NotVerified": "{caller} has no refunded contribution in this pool yet, so it cannot report.",
    "NothingToWithdraw": "{caller} has no credit in this pool.",
    "OwnContribution": "{caller} submitted contribution {index} itself and cannot report it.",
    "PaymentTooHigh": "A payment of {value:deposit} is more than a pool can hold.",
    "PaymentTooLow": "The price is {price:deposit}; credit ({credit:deposit}) and value ({value:deposit}) do not cover "
    "it.",
    "PermitRefused": "The token does not take the signature of {owner} for {amount:token}, and the pool may take "
    "{allowed:token}: sign anew for exactly this amount, or approve it.",
    "PoolAlreadyInitialized": "The pool is initialised already.",
    "PriceAboveMaximum": "The price is {price:deposit} now, above your maximum of {maxPrice:deposit}.",
    "ReentrancyGuardReentrantCall": "The pool's token called it while tokens were moving, and may not move any then.",
    "ReportsPaused": "The pool is paused since {since}: contribution {index} cannot be reported before that ends.",
    "SampleEmpty": "The sample is empty: it needs at least one feature.",
    "SampleFeatureOutOfRange": "Feature {feature} at position {position} must be below {numWords}.",
    "SampleLengthInvalid": "A sample of {length} bytes does not divide into features.",
    "SampleNotAscending": "Feature {feature} at position {position} comes after {previous}: sort, and drop repeats.",
    "SampleSquareTooLarge": "The vector's numbers squared add up to {square}; in this pool at most to {maximum}.",
    "SampleTooLong": "The sample has {features} features; at most {maximum} are taken.",
    "SealedParameterOutOfRange": "Parameter {parameter} of the sealed pool's rule is {value}; it must be from {least} "
    "to {most}.",
    "SealedRulesInvalid": "The sealed pool's rule and reference have {length} bytes; they must have {expectedLength}, "
    "as code that nobody can change.",
    "SealedTooEarly": "The pool can be sealed from {from} on; now it is {timestamp}.",
    "TokenAmountMismatch": "{moved:token} moved in place of {expected:token}: the token takes a fee, or changes "
    "balances by itself, and pools take no such token.",
    "TokenInvalid": "{token} is no contract, or is named twice, so that no pool can take it as its token.",
    "TokenSupplyTooLarge": "There are {supply:token} of {token}, more than the {maximum:token} that a pool can "
    "hold, so that one account could fill it and stop all others.",
    "TokenNotAllowed": "Pools of this factory take no deposits in the token {token}: it was not on the list.",
    "TokenTransferFailed": "The pool cannot take {amount:token} from {from}: it may take {allowed:token}. Approve at "
    "least that much, and have it; or the token refuses it for a reason of its own.",
    "TokensTooMany": "{count} tokens are too many; a factory allows at most {maximum}.",
    "TooEarly": "Too early for contribution {index}: it works from {from} to {until}; now it is {timestamp}.",
    "TooFewSeals": "Contribution {index} can be settled from epoch {from} on; now it is epoch {epoch}.",
    "TooLate": "Too late for contribution {index}: it worked from {from} to {until}; now it is {timestamp}.",
    "ValueInTokenPool": "The pool's deposits are paid in the token {token}: send no native coin ({value} wei).",
    "WeightRangeInvalid": "Weights from {from} to {to} do not exist; there are {count}.",
    "WithdrawalFailed": "{receiver} did not accept {amount:deposit}; the credit is kept.",
}


def _slug(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _title(name: str) -> str:
    return _slug(name).replace("-", " ").capitalize()


def _sentence(name: str, inputs: tuple[tuple[str, str], ...]) -> str:
    values = ", ".join(f"{item} {{{item}}}" for _, item in inputs)
    return _SENTENCES.get(name, f"{_title(name)}{': ' if values else ''}{values}.")


def _declare() -> dict[str, type[ContractError]]:
    classes: dict[str, type[ContractError]] = {}
    for artifact in ("IPool", "IPoolFactory", "ISealedPool", FIRST_IMPLEMENTATION, "PoolFactory"):
        for entry in load_artifact(artifact).abi:
            if entry["type"] != "error" or entry["name"] in classes:
                continue
            name = entry["name"]
            inputs = tuple((item["type"], item["name"]) for item in entry["inputs"])
            classes[name] = type(
                name,
                (ContractError,),
                {
                    "__doc__": f"The contract's error {name}.",
                    "name": name,
                    "signature": f"{name}({','.join(kind for kind, _ in inputs)})",
                    "inputs": inputs,
                    "sentence": _sentence(name, inputs),
                    "type": "contract-" + _slug(name),
                    "title": _title(name),
                },
            )
    return classes


#: Error class by Solidity name.
CONTRACT_ERRORS = _declare()

_BY_SELECTOR = {keccak(text=error.signature)[:4]: error for error in CONTRACT_ERRORS.values()}


def decode_contract_error(data: bytes) -> ContractError | UnknownRevert:
    """The Python error of a revert's data."""
    error = _BY_SELECTOR.get(data[:4])
    if error is None:
        return UnknownRevert(f"The call reverted without a reason that is known (0x{data[:36].hex()}).")
    try:
        decoded = decode([kind for kind, _ in error.inputs], data[4:])
    except DecodingError:
        return UnknownRevert(f"The call reverted with damaged data for {error.name}.")
    values = {
        name: to_checksum_address(value) if kind == "address" else value
        for (kind, name), value in zip(error.inputs, decoded, strict=True)
    }
    return error(**values)
