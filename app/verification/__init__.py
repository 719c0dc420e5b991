"""`earnest verify`: checks a pool against its history, with nothing but a node's address.

code      the clone, what it is a clone of, and its immutable arguments
history   every event replayed on the rules and the model of `earnest.core`
claims    what a service says of the pool, and the encoder's file
checks    all of it in order
"""
