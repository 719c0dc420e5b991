"""What sweeps found: means with intervals, tests, regressions, figures and words, on one page."""
