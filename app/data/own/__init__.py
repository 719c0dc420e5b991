"""Somebody's own file: one way in for pools, scenarios and the command, whatever the format and the route.

`content` gets the bytes (packed or not) and their encoding; `separated`, `json_lines` and `parquet` make rows of them,
each with its place in the file; `reading` makes texts or numbers with labels of the rows, and refuses what is unfit in
the same words for all of them; `report` says what was read.
"""
