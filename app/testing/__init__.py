"""Conformance suites, for our tests and those of packages that bring something of their own; they need no pytest."""
