"""The rules: pure functions and learners without web, database or chain."""
