"""Looks at contributions that deposits do not judge: what agrees with the model and may still teach it something else.

A scan flags contributions, and says how many honest ones it would flag: it is tried on trusted samples that are held
against other trusted ones. None of them decides money.
"""
