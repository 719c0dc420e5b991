"""`earnest verify`: checks a pool against its history, with nothing but a node's address.

code       the clone, what it is a clone of, and its immutable arguments
creation   which factory made it, and when: where its price clock starts
replay     every call that the logs tell of, made on the pool's twin, whose events must be the logs; sealed_replay
           of pools whose judge is sealed
history    both, held against what the contract says
statements what a service says of the pool, and the encoder's file
checks     all of it in order
"""
