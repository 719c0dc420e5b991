"""The agents: what kinds there are, what they decide, and the random numbers that they decide with."""
