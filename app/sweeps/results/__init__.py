"""What came out of a sweep, as its page shows it: chosen by the reader, worked out from the rows at once."""
