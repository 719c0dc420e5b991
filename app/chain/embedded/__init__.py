"""A chain in a process of its own, on disk: py-evm with eth-tester's genesis, behind loopback JSON-RPC."""
