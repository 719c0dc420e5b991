"""Chain events to tables, and the model mirror."""
