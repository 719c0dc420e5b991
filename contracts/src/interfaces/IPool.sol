// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "./IIncentive.sol";
import {IModel} from "./IModel.sol";
import {IOwnership} from "./IOwnership.sol";

/// @title IPool
/// @notice One shared model with its rules and its escrow (Deposit, Refund, Take; Ding & Hu, arXiv 2209.05017, after
/// Harris & Waggoner 2019).
/// @dev Money verbs. `contribute` pays a deposit in; `refund` gives it back to its author once the model agrees;
/// `report` gives another verified contributor a share of it while the model disagrees; `collect` clears what is left at
/// the end; `withdraw` pays an account's credit out.
///
///     age:   0 ........ refundWait ....... + headStart ....... collectWait ........
///            nothing    | refund            | refund or report | collect
///                       (refundWait < age)                     (age <= collectWait)
///
/// Safeguards are parameters of a pool (`ClaimRules`); pools that reproduce the published study have none of them.
/// - Guard: no claim succeeds in a second in which a contribution was accepted (nor earlier, if a clock ran back). Nobody
/// turns the model, uses that, and turns it back in one transaction or one block. It costs a claim some 130 gas. Refunds end, and
/// collections begin, an hour after the last contribution if that is later.
/// - Head start: refunds open that much earlier than reports. Whoever asks in it loses no race to somebody who tips more.
/// - Refund by anyone: a keeper may send an author's refund; credit and verified count are the author's.
/// - Pauses extend: see what the owner can do.
///
/// A contribution occupies one slot: what is left to claim, and a 160-bit commitment to everything else. Claims bring
/// the rest back in calldata, and the pool checks it against the commitment. A batch can share two slots: `commitBatch`
/// stores the root of a Merkle tree over the contributions' commitments, and claims (`refundFromBatch` and so on) bring a
/// proof as well.
///
/// Assumptions:
/// - Contributors keep, or can read from the `Contributed` event, what they contributed.
/// - The trusted forwarder, if there is one, tells the truth about who signed. It is immutable.
///
/// Warnings:
/// - The judge is the model as it is in the transaction that asks. Whoever pays to turn it decides: reports then take
/// deposits of right labels, refunds give deposits of wrong ones back. Deposits of what turned it come back a refundWait
/// later, so what it costs is capital and gas. Without safeguards one transaction does it and nobody sees it: 90 flips, 210
/// reports, 90 restores took 141 of 210 honest deposits, by an account with 540 of 600 verified. With all of them that
/// is impossible; what remains is somebody who turns the model in one block and keeps it so into the next, while nobody
/// contributes against it: 45 of 55 deposits when nobody else acted; or who has a contribution accepted in each block of the head
/// start, which closes refunds, turns the model in the last one and reports first in the next: the same share of authors' deposits
/// who ask in each block, for 67 million gas at most. Else a refund within the head start comes before any report,
/// provided that the model agrees in it; a refund in the first second of the window is not enough where there is no
/// head start, for both are open in that second and whoever tips more is served.
/// - Griefing the guard: whoever has a contribution accepted in every block closes every claim until it stops. It pays
/// a deposit a block (which comes back a refundWait later, if its labels are right) and the gas of a contribution a block:
/// about 20 million gas an hour at 12 s a block, and 300 deposits an hour locked for refundWait, under a fixed price.
/// Under a decaying one they are the dearest there are. No deposit changes hands by it alone: refunds stay open and collections closed
/// until an hour has passed without a contribution. But reports end when they end, so it can save a wrong label from them, and
/// whoever keeps an author from its head start needs the head start for it. A pool that is never quiet keeps what nobody claims.
/// - Free standing: samples that the model already knows are refunded and verify their author for the cost of gas. A bad
/// contributor gets that same share of its deposit back through a second address: with 81 beside 9 it loses 10 %, unless
/// others report first.
/// - Price griefing: after an idle day one contribution raises a decaying price up to 293 times (60 times where the step
/// equals the weight). `maxPrice` refuses it, waiting 100 seconds takes nine tenths of it off, a refund returns it.
/// - A good contribution that its author forgets to refund falls under `collect` after `collectWait`.
/// - Ether that is burned under the burn rule stays in the pool for good: it leaves `escrow`, and no call pays it out.
///
/// - Where deposits are paid in an ERC-20 token, they are as safe as the token. Whoever rules over it may stop it, block this pool or
/// an account, change balances or the token's code: then nobody is paid out. Tokens that take a fee of what is moved, or whose
/// balances change by themselves, are refused at the first payment; those that begin with it later keep everything where it is.
///
/// What the owner can do: `pause` and `unpause` new contributions, and hand the ownership over in two steps. Refunds,
/// collections and withdrawals go on in a paused pool, the price clock keeps running, and no rule, no weight and nobody's
/// money is within the owner's reach. But a pause keeps the model as it is, and nobody can contribute against somebody who
/// turned it, the owner perhaps. So under `PAUSES_EXTEND`
/// - no report succeeds while the pool is paused, nor in the headStart after a pause (in the second of its end where there
/// is no head start): whoever waits for reports finds the model that everybody could correct again;
/// - refunds and reports end, and collections begin, as many seconds later as the pool was ever paused, the running pause
/// included. It is the pool's total, not what a contribution lived through, since that would need a slot for each: windows
/// are never shorter than without the pause, at worst longer, also those that had ended already.
/// An owner can still refuse the model's correction for good by never ending a pause: then refunds that the model agrees
/// with go on, its own wrong ones among them, the others' deposits stay where they are, and nobody takes them. Without
/// `PAUSES_EXTEND` windows run on, and whoever turned the model before a pause reports in it.
interface IPool is IIncentive, IModel, IOwnership {
    /// @notice What a contribution consists of, apart from its sample.
    /// @param index Sequential number in the pool, from 0.
    /// @param contributor Its author.
    /// @param label Its class.
    /// @param time Timestamp of the block that accepted it, in seconds.
    /// @param deposit What was paid for it, in wei.
    struct Contribution {
        uint256 index;
        address contributor;
        uint16 label;
        uint40 time;
        uint96 deposit;
    }

    /// @notice What a refund or a report brings, where several are made in one call.
    /// @param contribution What is claimed.
    /// @param sample Its sample.
    /// @param firstIndex The index of its batch's first contribution; the largest uint256 for one that has a slot of its own.
    /// @param proof Of its place in the batch; see `refundFromBatch`. Not looked at without a batch.
    struct Claim {
        Contribution contribution;
        bytes sample;
        uint256 firstIndex;
        bytes32[] proof;
    }

    /// @notice The same of a collection, which needs the sample's hash only.
    struct Collection {
        Contribution contribution;
        bytes32 sampleHash;
        uint256 firstIndex;
        bytes32[] proof;
    }

    /// @notice Thrown when a pool, or an implementation, is initialised a second time.
    error PoolAlreadyInitialized();
    /// @notice Thrown when the price is above what the caller is willing to pay for one contribution.
    error PriceAboveMaximum(uint256 price, uint256 maxPrice);
    /// @notice Thrown when credit and value together do not cover the price.
    error PaymentTooLow(uint256 price, uint256 credit, uint256 value);
    /// @notice Thrown when a payment could overflow a 96-bit balance.
    error PaymentTooHigh(uint256 value);
    /// @notice Thrown when a batch is empty, or has not one label for each sample.
    error BatchLengthInvalid(uint256 samples, uint256 labels);
    /// @notice Thrown when a committed batch has more samples than its slot has bits for.
    error BatchTooLong(uint256 samples, uint256 maximum);
    /// @notice Thrown when there is no committed batch at `firstIndex` that began with this contribution.
    error NotInBatch(uint256 index, uint256 firstIndex);
    /// @notice Thrown when the owner has paused contributions. Refunds, collections and withdrawals go on.
    error ContributionsPaused();
    /// @notice Thrown when there is no contribution with this index.
    error ContributionUnknown(uint256 index, uint256 count);
    /// @notice Thrown when nothing is left to claim; also by `refund`, `report` and `collect` for a contribution that is
    /// still in a committed batch (use `refundFromBatch` and so on).
    error ContributionClosed(uint256 index);
    /// @notice Thrown when what the caller says of a contribution, or its sample, is not what was contributed.
    error ContributionMismatch(uint256 index);
    /// @notice Thrown when somebody else than the author asks for a refund, where not anyone may.
    error NotContributor(uint256 index, address caller, address contributor);
    /// @notice Thrown when an author reports its own contribution.
    error OwnContribution(uint256 index, address caller);
    /// @notice Thrown when a reporter has no refunded contribution in this pool yet.
    error NotVerified(address caller);
    /// @notice Thrown when the reporter has taken its share of this contribution before.
    error AlreadyReported(uint256 index, address caller);
    /// @notice Thrown on a refund while the model predicts something else than the label.
    error ModelDisagrees(uint256 index, uint256 predicted, uint256 label);
    /// @notice Thrown on a report while the model predicts the label.
    error ModelAgrees(uint256 index, uint256 label);
    /// @notice Thrown when native coin is sent to a pool whose deposits are paid in a token.
    error ValueInTokenPool(uint256 value, address token);
    /// @notice Thrown when tokens are to be deposited in a pool of native coin.
    error NoToken();
    /// @notice Thrown when the token does not let the pool take what is due: too little is allowed to the pool, or the account has
    /// less, or the token refuses it.
    error TokenTransferFailed(address from, uint256 amount, uint256 allowed);
    /// @notice Thrown when the pool's balance did not change by exactly what was moved: the token takes a fee, say.
    error TokenAmountMismatch(uint256 expected, uint256 moved);
    /// @notice Thrown when the token does not take the signature, and the pool is allowed less than the amount.
    error PermitRefused(address owner, uint256 amount, uint256 allowed);
    /// @notice Thrown by the contract that moves tokens for pools when it is called, and not by `delegatecall`: what is allowed to it
    /// nobody shall move.
    error NotDelegated();
    /// @notice Thrown when tokens are to be moved while tokens are moving.
    error ReentrancyGuardReentrantCall();
    /// @notice Thrown when the caller has no credit.
    error NothingToWithdraw(address caller);
    /// @notice Thrown when the receiver does not accept the ether, or the token does not pay it: the caller's own account, or the
    /// one that it named.
    error WithdrawalFailed(address receiver, uint256 amount);

    /// @notice A contribution was accepted. The model was updated exactly if `predicted` differs from `label`.
    event Contributed(
        uint256 indexed index,
        address indexed contributor,
        uint16 label,
        uint16 predicted,
        uint96 deposit,
        bytes sample
    );
    /// @notice The `count` contributions from `firstIndex` on share one commitment; their `Contributed` events come before.
    /// @param root Of the tree over their commitments.
    event BatchCommitted(uint256 indexed firstIndex, address indexed contributor, uint256 count, bytes32 root);
    /// @notice The owner paused contributions, which were not paused.
    event Paused(address account);
    /// @notice The owner let contributions go on, which were paused.
    event Unpaused(address account);
    /// @notice A contributor's own deposit went back to it, as credit; its verified count rose by one.
    /// @param credit All that the pool owes the contributor now.
    event Refunded(uint256 indexed index, address indexed contributor, uint96 amount, uint96 credit);
    /// @notice A reporter took `amount` of a bad contribution's deposit, as credit; `remaining` is left.
    /// @param credit All that the pool owes the reporter now.
    event Reported(uint256 indexed index, address indexed reporter, uint96 amount, uint96 remaining, uint96 credit);
    /// @notice What was left of a contribution after its windows went to `collector` as credit, or was burned.
    /// @param credit All that the pool owes the collector now; 0 where it was burned, which changes no credit.
    event Collected(uint256 indexed index, address indexed collector, uint96 amount, bool burned, uint96 credit);
    /// @notice A payment changed an account's credit to `credit` (change kept, or credit used).
    event CreditChanged(address indexed account, uint96 credit);
    /// @notice All of an account's credit was paid out to `receiver`; none is left.
    event Withdrawn(address indexed account, address indexed receiver, uint96 amount);

    /// @notice Called by the factory once, in the transaction that creates the pool. Validates every parameter.
    function initialize() external;

    /// @notice Pays a deposit for one labelled sample, from the caller's credit first, then from the value sent; what is
    /// left of the value becomes credit. In a token's pool no value is sent: what the credit does not cover is taken from the caller's
    /// tokens, which it allowed to the pool before.
    /// @param maxPrice The highest price that the caller accepts, in wei.
    /// @return index The contribution's number.
    function contribute(bytes calldata sample, uint16 label, uint256 maxPrice) external payable returns (uint256 index);

    /// @notice Contributes several samples, all or none; each is priced and judged after the update by the one before.
    /// @param maxPrice The highest price that the caller accepts for any one of them, in wei.
    /// @return firstIndex The number of the first; the others follow.
    function contributeBatch(bytes[] calldata samples, uint16[] calldata labels, uint256 maxPrice)
        external
        payable
        returns (uint256 firstIndex);

    /// @notice As `contributeBatch`, at about half the gas: at most 96 samples share two slots. Claims on them need a proof.
    function commitBatch(bytes[] calldata samples, uint16[] calldata labels, uint256 maxPrice)
        external
        payable
        returns (uint256 firstIndex);

    /// @notice Gives the author all that is left of its deposit, if the model agrees with the label now. Sent by the author,
    /// or by anyone under that safeguard.
    function refund(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount);

    /// @notice `refund` for a contribution of a committed batch.
    /// @param firstIndex The index of the batch's first contribution.
    /// @param proof The hashes beside the path from the contribution's commitment to the root, from the leaf up; those of
    /// nodes without a neighbour are left out.
    function refundFromBatch(
        Contribution calldata contribution,
        bytes calldata sample,
        uint256 firstIndex,
        bytes32[] calldata proof
    ) external returns (uint96 amount);

    /// @notice Several refunds, all or none, each of any author and of a batch or not, where anyone may send refunds. What they
    /// share is read and paid for once.
    /// @return amount Of all together.
    function refundMany(Claim[] calldata claims) external returns (uint96 amount);

    /// @notice Gives the caller its share of another's deposit, if the model disagrees with the label now:
    /// deposit * own verified / all verified, rounded down; all that is left where that is 0 or more than is left.
    function report(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount);

    /// @notice `report` for a contribution of a committed batch; see `refundFromBatch`.
    function reportFromBatch(
        Contribution calldata contribution,
        bytes calldata sample,
        uint256 firstIndex,
        bytes32[] calldata proof
    ) external returns (uint96 amount);

    /// @notice Several reports by the caller, all or none; see `refundMany`. They cost an attacker no less than refunds cost
    /// those whom it attacks.
    /// @return amount Of all together.
    function reportMany(Claim[] calldata claims) external returns (uint96 amount);

    /// @notice Clears what is left after the last window: to the caller under the rule "anyone", else burned.
    /// @param sampleHash keccak256 of the sample; the sample itself is not needed any more.
    function collect(Contribution calldata contribution, bytes32 sampleHash) external returns (uint96 amount);

    /// @notice `collect` for a contribution of a committed batch; see `refundFromBatch`.
    function collectFromBatch(
        Contribution calldata contribution,
        bytes32 sampleHash,
        uint256 firstIndex,
        bytes32[] calldata proof
    ) external returns (uint96 amount);

    /// @notice Several collections, all or none; see `refundMany`.
    /// @return amount Of all together, burned or not.
    function collectMany(Collection[] calldata collections) external returns (uint96 amount);

    /// @notice Takes tokens from the caller, who allowed it to the pool, into its credit, which pays for contributions and can be
    /// withdrawn. In a pool of native coin what is sent beyond the price does the same, and this is refused.
    /// @param amount In the token's smallest unit.
    function depositTokens(uint256 amount) external;

    /// @notice `depositTokens`, allowed by the caller's signature (EIP-2612) for exactly this amount. One that the token has seen before
    /// does no harm where enough is allowed.
    function depositTokensPermitted(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Pays the caller's credit out to the caller.
    /// @return amount All of it.
    function withdraw() external returns (uint96 amount);

    /// @notice Pays the caller's credit out to another account, for callers that cannot receive ether themselves.
    /// @return amount All of it.
    function withdrawTo(address receiver) external returns (uint96 amount);

    /// @notice Stops new contributions, and reports where pauses extend. Owner only. Does nothing in a paused pool, so that
    /// a pause cannot be begun anew.
    function pause() external;

    /// @notice Lets contributions go on. Owner only. Does nothing in a pool that is not paused.
    function unpause() external;

    /// @notice Whether contributions are paused.
    function paused() external view returns (bool);

    /// @notice The pool's pauses, in seconds of chain time.
    /// @return since When the running one began; 0 when there is none.
    /// @return resumed When the last one ended; 0 when none has.
    /// @return total How long those that have ended lasted together.
    function pauses() external view returns (uint256 since, uint256 resumed, uint256 total);

    /// @notice The ERC-20 token that deposits are paid in, all amounts then being in its smallest unit; zero for native coin.
    function token() external view returns (address);

    /// @notice keccak256 of the canonical file of the encoder that turns texts into samples.
    function encoderHash() external view returns (bytes32);

    /// @notice The pool's totals.
    /// @return count Contributions accepted.
    /// @return lastAccepted Timestamp of the last accepted contribution (of the creation before the first).
    /// @return escrow What the pool owes: all that is claimable plus all credit, in wei. Never above its balance.
    /// @return totalVerified Refunds made.
    function state()
        external
        view
        returns (uint256 count, uint256 lastAccepted, uint256 escrow, uint256 totalVerified);

    /// @notice What the pool owes an account, and how many of its contributions were refunded.
    function account(address holder) external view returns (uint256 credit, uint256 verified);

    /// @notice What is left to claim of a contribution, in wei, and the commitment to the rest of it; zeros when it is closed
    /// or still in a committed batch.
    function claimable(uint256 index) external view returns (uint256 amount, uint160 commitment);

    /// @notice What the pool keeps of a committed batch; zeros where none begins.
    /// @return root Of the tree over its contributions' commitments.
    /// @return size How many contributions it began with.
    /// @return left A bit (the lowest is the first contribution's) for each that has left it; `claimable` answers for those.
    function batch(uint256 firstIndex) external view returns (bytes32 root, uint256 size, uint96 left);

    /// @notice Whether this account has taken a share of this contribution and left something of it. Who took the rest
    /// is not recorded: nothing is left to report.
    function hasReported(uint256 index, address reporter) external view returns (bool);
}
