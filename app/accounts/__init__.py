"""Managed development accounts."""
