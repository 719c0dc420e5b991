"""Pools that somebody else deployed: taken in from the chain alone."""
