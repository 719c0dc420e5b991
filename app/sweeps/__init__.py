"""Sweeps that the service runs in the background, each with its rows and its report.

`app` does not import the simulations: it runs their commands, and reads what these leave in a sweep's folder.
"""
