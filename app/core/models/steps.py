"""The step by which a perceptron moves its weights, as it can be chosen."""

from earnest.core.parameters import Parameter

ETA0 = Parameter("eta0", "whole", "first step, in units of a weight", 1, 2**16 - 1, default=1)
TAU = Parameter("tau", "whole", "contributions over which the step halves; 0 keeps it", 0, 2**40 - 1, default=0)
