"""Advice before a pool is made: what simulations say would come of it.

`app` does not import the simulations: it runs `earnest advise`, and reads what that leaves in a folder.
"""
