"""Conformance suites, for tests of ours and of packages that bring models of their own; they need no pytest."""
