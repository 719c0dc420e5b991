"""The only way to the chain: gateway, typed events and errors, deployment, embedded chain."""

from earnest.process_settings import kept

# py_ecc, which eth-account and py-evm import, raises the recursion limit to 100,000; a second import of it does nothing
with kept():
    import py_ecc as py_ecc
