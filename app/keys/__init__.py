"""API keys: for programs that act for an account, or for the operator, with a part of what these may do."""
