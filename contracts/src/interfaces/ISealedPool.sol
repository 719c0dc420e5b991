// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "./IModel.sol";
import {IOwnership} from "./IOwnership.sol";

/// @title ISealedPool
/// @notice One shared model under `sealed-assessment`: who is asked is not the model that learns. A judge is sealed once an
/// epoch, and nobody can move it in between; a learner learns when a contribution is settled; a seal takes a part of the
/// learner into the judge. The exact rule, on integers, is docs/sealed-assessment.md.
/// @dev Money verbs. `contribute` pays a deposit in, and says at once which of three cases the sample is; `settle` gives
/// the deposit back to its author and lets the sample teach; `withdraw` pays an account's credit out. `seal` moves the pool's
/// clock, which counts seals, not seconds: a pool that nobody seals stands still, and nobody loses anything in it.
///
/// | outcome | when | deposit | refunded |
/// |---|---|---|---|
/// | 0, agreed | the judge agrees with the label | lowest | whenever it is settled; earns 1 standing |
/// | 1, promised | it does not, and the author has `rate` standing | middle | whenever it is settled; took `rate` standing |
/// | 2, at risk | it does not, and the author has less | highest | if a later judge agrees, or against `rate` standing |
///
/// Only what is at risk can be lost: after `risk_seals` seals it can be settled no more, and a seal moves it into the
/// budget that seals are paid from. There is no report, no collector and no claim on anybody else's deposit.
///
/// `predict` and what else reads the model without saying which asks the judge; `weights` and `digest` are the learner's.
///
/// Errors and events that pools share are those of `IPool`: PoolAlreadyInitialized, PriceAboveMaximum, PaymentTooLow,
/// PaymentTooHigh, ContributionsPaused, ContributionUnknown, ContributionClosed, ContributionMismatch, NotContributor,
/// NothingToWithdraw, WithdrawalFailed, those of tokens; Paused, Unpaused, CreditChanged, Withdrawn.
///
/// Deposits may be paid in an ERC-20 token, see `token`. What a seal costs is wei, which says nothing of tokens: such a pool has no
/// bounty (`sealBounty` is 0, or it is not created), takes no funds, and what expires in it stays in its budget for good.
///
/// A contribution occupies one slot: 224 bits of a commitment to its facts and its sample, and 32 bits that are zero, in which
/// a later rule can keep the number of a published task.
///
/// Assumptions:
/// - Contributors keep, or can read from the `Contributed` event, what they contributed.
/// - Somebody seals. At 1,000 words it takes some 671,000 gas, with the margin perceptron 680,000; the budget pays for it
/// as said below, as far as it reaches, and whoever waits for a refund can always do it.
/// - The base fee of a block is burned, or goes to somebody else than who seals; and a seal takes at least the gas that is
/// said below, refunds taken off, as it does under the rules of Prague and Osaka. Where gas costs nothing, nothing is paid.
/// - The judge agrees with honest labels so often that standing grows: `rate` to one, or more. It is checked where pools are
/// offered, not here.
///
/// Warnings:
/// - Contributing brings no profit: at best the whole deposit comes back.
/// - An account without standing pays the highest price blindly if it does not ask (`quote`) first, and loses it where no
/// later judge agrees.
/// - Standing and samples that agree with the judge can be had for the interest on the lowest deposit. What they buy is
/// one disagreement for each `rate` of them.
/// - What is taught is decided by `settle`: settlements can be kept back and sent together before a seal.
///
/// What a seal is paid. Nobody gains by sealing, and nobody is paid for a seal that nobody waits for:
/// - It is paid if somebody waits for it. A contribution waits for as many seals as it takes until it can be settled, one at
/// risk for those until it is lost, a lesson for the next. The clock keeps how many coming seals are waited for; each seal
/// takes one off. So no honest refund waits for an unpaid seal while the budget lasts, and a pool in which nothing happens
/// pays nobody: whoever sealed it for ever would have nothing.
/// - It is paid if it is all of its transaction: sent to the pool by an account without code, with no data but the selector. What
/// a contract, an account with code (EIP-7702) or a forwarder sends along with others is sealed as well, and unpaid: a transaction
/// that posts much data anyway pays a floor price for it (EIP-7623), below which whatever it runs is free.
/// - It is paid at most what its gas costs at least, at the block's base fee: what it adds to a transaction that reads the same
/// slots anyway, and that has a fifth of its gas refunded (EIP-3529) for others that it clears. That is 25,600 and for each
/// weight 400 (of words) or 500 (of vectors); where a seal takes the learner's as they are, for each count of words 320, for each
/// sum of vectors 640. Whoever makes seals awaited on purpose, with a deposit that comes back, gets less for each than it burns
/// in its gas, and pays the contribution's gas and the interest besides: its gain is below 0, however it goes about it. No bound
/// on deposits could say so, since they come back, nor any on who contributes, since accounts are free.
/// - It is paid at most `seal_bounty`, and at most the budget: of what was lost, and of what anybody gave by `fund`.
/// - What is left: whoever wants the budget spent can have it spent, on seals, at its own cost: for each contribution that is
/// agreed, `wait_seals` and one more, at risk `risk_seals` and two more, of which it gets nothing.
///
/// What the owner can do: `pause` and `unpause` new contributions, and hand the ownership over in two steps. Settling, sealing
/// and withdrawing go on in a paused pool; nobody's money is within the owner's reach. But standing is earned by contributing:
/// what is at risk when an owner pauses may be lost for want of it, to the budget.
interface ISealedPool is IModel, IOwnership {
    /// @notice What a contribution consists of, apart from its sample.
    /// @param index Sequential number in the pool, from 0.
    /// @param contributor Its author.
    /// @param label Its class.
    /// @param outcome Agreed, promised or at risk: 0, 1, 2.
    /// @param epoch Seals made before it was accepted.
    /// @param deposit What was paid for it, in wei.
    struct Contribution {
        uint256 index;
        address contributor;
        uint16 label;
        uint8 outcome;
        uint32 epoch;
        uint96 deposit;
    }

    /// @notice Thrown at deployment when a rule's parameter is out of range.
    /// @param parameter Its place in `incentiveParameters`.
    error SealedParameterOutOfRange(uint256 parameter, uint256 value, uint256 least, uint256 most);
    /// @notice Thrown at deployment when the chunk of the rule's parameters and the reference is missing, too short, too long, or
    /// not immutable code.
    error SealedRulesInvalid(uint256 expectedLength, uint256 length);
    /// @notice Thrown when a contribution is settled too soon after it was made; `from` is the first epoch in which it can be.
    error TooFewSeals(uint256 index, uint256 epoch, uint256 from);
    /// @notice Thrown when a contribution at risk is settled after its last epoch, `until`.
    error Expired(uint256 index, uint256 epoch, uint256 until);
    /// @notice Thrown when a contribution at risk is settled, the judge disagrees with its label and its author has too little
    /// standing. It may be tried again until it expires.
    error JudgeDisagrees(uint256 index, uint256 predicted, uint256 label);
    /// @notice Thrown when the last seal is less than an epoch old; `from` is the first second in which the next can be made.
    error SealedTooEarly(uint256 timestamp, uint256 from);

    /// @notice A contribution was accepted; its author's standing is `standing` now.
    event Contributed(
        uint256 indexed index,
        address indexed contributor,
        uint16 label,
        uint8 outcome,
        uint32 epoch,
        uint96 deposit,
        uint16 standing,
        bytes sample
    );
    /// @notice A contribution's deposit became its author's credit, whose standing is `standing` now; the sample was given to
    /// the learner if `taught`.
    event Settled(
        uint256 indexed index, address indexed contributor, uint96 amount, bool taught, uint16 standing
    );
    /// @notice The judge was sealed anew, with this digest. Deposits of `burned` wei expired with it.
    event Sealed(uint256 indexed epoch, address indexed sealer, uint96 bounty, uint96 burned, bytes32 digest);
    /// @notice Somebody gave to the budget that seals are paid from, which is `budget` now.
    event Funded(address indexed account, uint96 amount, uint96 budget);

    /// @notice Called by the factory once, in the transaction that creates the pool. Validates every parameter.
    function initialize() external;

    /// @notice Pays a deposit for one labelled sample, from the caller's credit first, then from the value sent; what is
    /// left of the value becomes credit. The price depends on the outcome, see `quote`.
    /// @param maxPrice The highest price that the caller accepts, in wei.
    /// @return index The contribution's number.
    function contribute(bytes calldata sample, uint16 label, uint256 maxPrice) external payable returns (uint256 index);

    /// @notice Gives the caller its deposit back, and lets the sample teach. Only by the author, whose standing it may spend.
    /// @return amount The deposit.
    function settle(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount);

    /// @notice Seals the judge anew, moves the pool's clock on, burns what expired, and pays the caller the bounty where somebody
    /// waited for the seal and it is all of its transaction. By anyone, an epoch's length after the last one. The bounty follows the block's base fee, which is 0
    /// where a call is only tried out without a price of gas: an estimate made like that lacks some 30,000 gas.
    /// @return bounty What the caller was paid, as credit.
    function seal() external returns (uint96 bounty);

    /// @notice Adds the value to the budget that seals are paid from. Nobody can take it out otherwise. Refused in a token's pool, which
    /// pays no seals.
    function fund() external payable;

    /// @notice Takes tokens from the caller, who allowed it to the pool, into its credit; see `IPool`.
    function depositTokens(uint256 amount) external;

    /// @notice `depositTokens`, allowed by the caller's signature; see `IPool`.
    function depositTokensPermitted(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Pays the caller's credit out to the caller.
    /// @return amount All of it.
    function withdraw() external returns (uint96 amount);

    /// @notice Pays the caller's credit out to another account, for callers that cannot receive ether, or the token, themselves.
    /// @return amount All of it.
    function withdrawTo(address receiver) external returns (uint96 amount);

    /// @notice Stops new contributions. Owner only. Does nothing in a paused pool.
    function pause() external;

    /// @notice Lets contributions go on. Owner only. Does nothing in a pool that is not paused.
    function unpause() external;

    /// @notice Whether contributions are paused.
    function paused() external view returns (bool);

    /// @notice What a contribution would be and cost, in this epoch, with the standing that the account has now.
    function quote(address contributor, bytes calldata sample, uint16 label)
        external
        view
        returns (uint8 outcome, uint256 price);

    /// @notice The ERC-20 token that deposits are paid in, all amounts then being in its smallest unit; zero for native coin.
    function token() external view returns (address);

    /// @notice keccak256 of the canonical file of the encoder that turns texts into samples.
    function encoderHash() external view returns (bytes32);

    /// @notice The pool's totals.
    /// @return count Contributions accepted.
    /// @return epoch Seals made.
    /// @return sealedAt Timestamp of the last seal (of the creation before the first).
    /// @return escrow What the pool owes: all open deposits that have not expired plus all credit, in wei.
    /// @return budget What seals can be paid from. Never above the balance together with the escrow.
    function state()
        external
        view
        returns (uint256 count, uint256 epoch, uint256 sealedAt, uint256 escrow, uint256 budget);

    /// @notice What the pool owes an account, and its standing.
    function account(address holder) external view returns (uint256 credit, uint256 standing);

    /// @notice How many coming seals somebody waits for: no others are paid for.
    function awaitedSeals() external view returns (uint256);

    /// @notice Deposits at risk that were made in an epoch and are neither settled nor expired, in wei.
    function atRisk(uint256 epoch) external view returns (uint256);

    /// @notice The commitment to a contribution; 0 when it is settled, or unknown.
    function commitment(uint256 index) external view returns (uint224);

    /// @notice Name and version of the rule, left-aligned ASCII: "sealed-assessment/1".
    function incentiveId() external pure returns (bytes32);

    /// @notice The rule's parameters, as numbers in the order of docs/sealed-assessment.md.
    function incentiveParameters() external view returns (uint256[] memory);

    /// @notice The chunk that holds the rule's parameters and the reference.
    function rules() external view returns (address);

    /// @notice The judge's weights in `[from, to)`, in the order of `weights`.
    function judgeWeights(uint256 from, uint256 to) external view returns (int32[] memory);

    /// @notice keccak256 of all weights of the judge as big-endian int32, bias last.
    function judgeDigest() external view returns (bytes32);

    /// @notice The reference's weights in `[from, to)`, in the order of `weights`.
    function referenceWeights(uint256 from, uint256 to) external view returns (int32[] memory);
}
