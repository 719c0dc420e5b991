"""Out again: a pool's contributions and its model as files."""
