"""What the commands do, a module each; `earnest.simulations.cli` declares what they take."""
