"""The only way to the chain: gateway, typed events and errors, deployment, embedded chain."""
