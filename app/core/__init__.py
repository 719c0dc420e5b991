"""The rules: pure functions and models without web, database or chain."""
