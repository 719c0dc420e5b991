"""The encoders that ship: a file each, found by being here."""
