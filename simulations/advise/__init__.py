"""Advice before a pool is made: which incentive and which price, with what simulations say would come of it."""
