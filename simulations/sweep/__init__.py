"""A grid of scenarios under several seeds: planned, run on all cores or a cluster, kept run by run."""
