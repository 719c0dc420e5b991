"""Conformance suites: what every incentive (and model, and behaviour) passes, ours and somebody else's.

Plain functions that raise `AssertionError` with a sentence; they need no fixture and no plugin. In a pytest
of one's own:

    from earnest.testing.incentives import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_incentive(check):
        check(MINE)
"""
