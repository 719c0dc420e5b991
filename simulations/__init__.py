"""Scenarios, agents and engines that run the contracts' rules at scale."""
