"""Advice for a pool's owner about what was contributed. It reads, and decides nothing: least of all money."""
