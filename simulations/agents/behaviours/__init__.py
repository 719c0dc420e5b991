"""The behaviours that ship: one a file, of the file's name."""
