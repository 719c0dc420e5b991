"""The whole: what is served, and the process that serves it."""
