"""Models: the twins of the contracts' `IModel`, one file each; see `model`, `kernels` and `registry`."""
