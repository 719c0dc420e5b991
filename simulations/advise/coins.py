"""Money of a question, of its simulation, and of the pool that is to be made.

A question is in ether, a scenario in whole coins, a pool in wei. A coin here is a millionth of an ether, and has few
enough units that what engines multiply stays far below 2^63.
"""

WEI_PER_COIN, COINS_PER_ETHER, UNITS_PER_COIN = 10**12, 10**6, 1_000


def coins(ether: float) -> int:
    """Whole coins, at least 1."""
    return max(1, round(ether * COINS_PER_ETHER))


def of_wei(wei: int) -> int:
    """Whole coins of an amount in wei, rounded up; 0 of 0."""
    return -(-wei // WEI_PER_COIN)


def wei(coins_: int) -> int:
    """Wei of whole coins."""
    return coins_ * WEI_PER_COIN


def ether(coins_: float) -> float:
    """Ether of coins."""
    return coins_ / COINS_PER_ETHER
