"""Receipts of mined transactions."""
