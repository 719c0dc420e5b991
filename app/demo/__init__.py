"""The main job in one finite command, through the API alone."""
