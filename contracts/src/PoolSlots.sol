// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// @title PoolSlots
// What `Pool` keeps in single slots, as values that are read once, changed on the stack, and written once (the compiler
// writes the members of a struct one by one).

/// @dev lastAccepted uint40, count uint40, escrow uint96, verified uint64, paused bool, was ever paused bool; from the
/// lowest bit up.
type Totals is uint256;

/// @dev since uint40 (0 unless the pool is paused), resumed uint40 (0 before a pause ended), total uint40; from the lowest
/// bit up, all in seconds. Read only where `Totals` says that the pool was ever paused.
type Pauses is uint256;

/// @dev claimable uint96 and a commitment of 160 bits to the contribution; from the lowest bit up. Zero when closed.
type Entry is uint256;

/// @dev Which of a batch's contributions have left it, one of 96 bits each from the lowest up, and how many it began with.
type Batch is uint256;

using {
    lastAccepted,
    count,
    escrow,
    totalVerified,
    paused,
    wasEverPaused,
    withAccepted,
    withEscrow,
    withOneMoreVerified,
    withPaused
} for Totals global;
using {since, resumed, total, elapsedUntil, begunAt, endedAt} for Pauses global;
using {claimable, commitment, isOpen, withClaimable} for Entry global;
using {size, left, hasLeft, withLeft} for Batch global;

uint256 constant MASK_40 = type(uint40).max;
uint256 constant MASK_64 = type(uint64).max;
uint256 constant MASK_96 = type(uint96).max;
uint256 constant PAUSED = 1 << 240;
uint256 constant EVER_PAUSED = 1 << 241;

/* TOTALS */

function lastAccepted(Totals self) pure returns (uint256) {
    return Totals.unwrap(self) & MASK_40;
}

function count(Totals self) pure returns (uint256) {
    return (Totals.unwrap(self) >> 40) & MASK_40;
}

function escrow(Totals self) pure returns (uint256) {
    return (Totals.unwrap(self) >> 80) & MASK_96;
}

function totalVerified(Totals self) pure returns (uint256) {
    return (Totals.unwrap(self) >> 176) & MASK_64;
}

function paused(Totals self) pure returns (bool) {
    return Totals.unwrap(self) & PAUSED != 0;
}

function wasEverPaused(Totals self) pure returns (bool) {
    return Totals.unwrap(self) & EVER_PAUSED != 0;
}

/// @dev `more` contributions, at `time` (below 2^40; 2^40 contributions would take millennia of full blocks).
function withAccepted(Totals self, uint256 more, uint256 time) pure returns (Totals) {
    return Totals.wrap((Totals.unwrap(self) & ~MASK_40 | time) + (more << 40));
}

/// @param amount Below 2^96.
function withEscrow(Totals self, uint256 amount) pure returns (Totals) {
    return Totals.wrap(Totals.unwrap(self) & ~(MASK_96 << 80) | amount << 80);
}

function withOneMoreVerified(Totals self) pure returns (Totals) {
    return Totals.wrap(Totals.unwrap(self) + (1 << 176));
}

function withPaused(Totals self, bool on) pure returns (Totals) {
    return Totals.wrap(on ? Totals.unwrap(self) | PAUSED | EVER_PAUSED : Totals.unwrap(self) & ~PAUSED);
}

/* PAUSES */

/// @dev When the running pause began; 0 when there is none.
function since(Pauses self) pure returns (uint256) {
    return Pauses.unwrap(self) & MASK_40;
}

/// @dev When the last pause ended; 0 when none has.
function resumed(Pauses self) pure returns (uint256) {
    return (Pauses.unwrap(self) >> 40) & MASK_40;
}

/// @dev Seconds of all pauses that have ended.
function total(Pauses self) pure returns (uint256) {
    return Pauses.unwrap(self) >> 80;
}

/// @dev Seconds of all pauses, the running one included, until `time`.
function elapsedUntil(Pauses self, uint256 time) pure returns (uint256) {
    uint256 begun = since(self);
    return total(self) + (begun != 0 && time > begun ? time - begun : 0);
}

/// @param time Below 2^40, and not 0.
function begunAt(Pauses self, uint256 time) pure returns (Pauses) {
    return Pauses.wrap(Pauses.unwrap(self) & ~MASK_40 | time);
}

/// @param time Below 2^40.
function endedAt(Pauses self, uint256 time) pure returns (Pauses) {
    return Pauses.wrap(elapsedUntil(self, time) << 80 | time << 40);
}

/* ENTRY */

function claimable(Entry self) pure returns (uint96) {
    return uint96(Entry.unwrap(self));
}

function commitment(Entry self) pure returns (uint160) {
    return uint160(Entry.unwrap(self) >> 96);
}

function isOpen(Entry self) pure returns (bool) {
    return Entry.unwrap(self) != 0;
}

/// @param amount Below 2^96.
function withClaimable(Entry self, uint256 amount) pure returns (Entry) {
    return Entry.wrap(Entry.unwrap(self) & ~MASK_96 | amount);
}

/* BATCH */

/// @dev Contributions that the batch began with; 0 when there is no batch.
function size(Batch self) pure returns (uint256) {
    return Batch.unwrap(self) >> 96;
}

function left(Batch self) pure returns (uint96) {
    return uint96(Batch.unwrap(self));
}

/// @param place Below 96.
function hasLeft(Batch self, uint256 place) pure returns (bool) {
    return Batch.unwrap(self) & (1 << place) != 0;
}

/// @param place Below 96.
function withLeft(Batch self, uint256 place) pure returns (Batch) {
    return Batch.wrap(Batch.unwrap(self) | 1 << place);
}
