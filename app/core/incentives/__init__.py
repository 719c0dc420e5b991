"""Python twins of the incentive contracts, one file each."""
