"""One of each that earnest takes from other packages."""
