// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// @title SealedSlots
// What `SealedPool` keeps in single slots, as values that are read once, changed on the stack, and written once.

/// @dev count uint40, epoch uint32, sealedAt uint40, held uint96, paused bool (a byte), awaited uint16; from the lowest bit up.
type Clock is uint256;

/// @dev credit uint96, standing uint16; from the lowest bit up.
type Account is uint256;

using {
    count,
    epoch,
    sealedAt,
    held,
    paused,
    awaited,
    withAccepted,
    withSealedAt,
    withHeld,
    withSeal,
    withPaused,
    withAwaited
} for Clock global;
using {credit, standing, withCredit, withStanding} for Account global;

uint256 constant MASK_16 = type(uint16).max;
uint256 constant MASK_32 = type(uint32).max;
uint256 constant MASK_40 = type(uint40).max;
uint256 constant MASK_96 = type(uint96).max;
uint256 constant PAUSED = 1 << 208;

/* CLOCK */

/// @dev Contributions accepted.
function count(Clock self) pure returns (uint256) {
    return Clock.unwrap(self) & MASK_40;
}

/// @dev Seals made: the pool's clock.
function epoch(Clock self) pure returns (uint256) {
    return (Clock.unwrap(self) >> 40) & MASK_32;
}

/// @dev When the last seal was made, in seconds; before the first, when the pool was created.
function sealedAt(Clock self) pure returns (uint256) {
    return (Clock.unwrap(self) >> 72) & MASK_40;
}

/// @dev Escrow and budget together: what the balance must cover, in wei.
function held(Clock self) pure returns (uint256) {
    return (Clock.unwrap(self) >> 112) & MASK_96;
}

function paused(Clock self) pure returns (bool) {
    return Clock.unwrap(self) & PAUSED != 0;
}

/// @dev Coming seals that somebody waits for.
function awaited(Clock self) pure returns (uint256) {
    return (Clock.unwrap(self) >> 216) & MASK_16;
}

/// @dev One contribution more (2^40 would take millennia of full blocks).
function withAccepted(Clock self) pure returns (Clock) {
    return Clock.wrap(Clock.unwrap(self) + 1);
}

/// @param amount Below 2^96.
function withHeld(Clock self, uint256 amount) pure returns (Clock) {
    return Clock.wrap(Clock.unwrap(self) & ~(MASK_96 << 112) | amount << 112);
}

/// @param time Below 2^40.
function withSealedAt(Clock self, uint256 time) pure returns (Clock) {
    return Clock.wrap(Clock.unwrap(self) & ~(MASK_40 << 72) | time << 72);
}

/// @dev One seal more, at `time` (below 2^40), and one less that is waited for, if any was.
function withSeal(Clock self, uint256 time) pure returns (Clock) {
    uint256 waiting = awaited(self) == 0 ? 0 : 1 << 216;
    return Clock.wrap(Clock.unwrap(withSealedAt(self, time)) + (1 << 40) - waiting);
}

function withPaused(Clock self, bool on) pure returns (Clock) {
    return Clock.wrap(on ? Clock.unwrap(self) | PAUSED : Clock.unwrap(self) & ~PAUSED);
}

/// @dev At least so many coming seals are waited for.
/// @param seals Below 2^16.
function withAwaited(Clock self, uint256 seals) pure returns (Clock) {
    return awaited(self) < seals ? Clock.wrap(Clock.unwrap(self) & ~(MASK_16 << 216) | seals << 216) : self;
}

/* ACCOUNT */

function credit(Account self) pure returns (uint256) {
    return Account.unwrap(self) & MASK_96;
}

function standing(Account self) pure returns (uint256) {
    return (Account.unwrap(self) >> 96) & MASK_16;
}

/// @param amount Below 2^96.
function withCredit(Account self, uint256 amount) pure returns (Account) {
    return Account.wrap(Account.unwrap(self) & ~MASK_96 | amount);
}

/// @param value Below 2^16.
function withStanding(Account self, uint256 value) pure returns (Account) {
    return Account.wrap(Account.unwrap(self) & ~(MASK_16 << 96) | value << 96);
}
