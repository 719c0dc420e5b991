"""Reviews: what of a pool's contributions its owner has to look at, and what was found."""
