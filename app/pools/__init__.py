"""Pools: deployment, state, encoders, predictions, quotes."""
