"""Submissions and contributions."""
