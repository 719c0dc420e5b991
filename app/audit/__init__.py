"""The log of what operators did."""
