"""For accounts that keep their own keys: transactions to sign, and those that were signed."""
