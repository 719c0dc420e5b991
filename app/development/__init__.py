"""The faucet and the clock of development chains."""
