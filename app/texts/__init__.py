"""Texts that are kept, off chain, beside contributions."""
