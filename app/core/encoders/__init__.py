"""What turns texts and rows into samples, one file an encoder."""
