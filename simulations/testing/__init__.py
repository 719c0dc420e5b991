"""Conformance suites of what simulations are made of, for tests of ours and of packages that bring their own.

They stand here and not in `earnest.testing`, which comes without the simulations. Plain functions that raise
`AssertionError` with a sentence; they need no fixture and no plugin. In a pytest of one's own:

    from earnest.simulations.testing.behaviours import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_behaviour(check):
        check(mine)
"""
