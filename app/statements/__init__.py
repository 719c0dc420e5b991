"""Receipts of contributions, and statements of accounts, which add up to the wei."""
