"""Submissions: what the service does to get contributions and claims onto the chain."""
