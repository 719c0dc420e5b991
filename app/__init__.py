"""The Earnest service, and every rule that it shares with the simulations."""
