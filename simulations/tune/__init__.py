"""Parameters by search: a study names knobs with bounds, worlds to play them in, and what is wanted of those."""
