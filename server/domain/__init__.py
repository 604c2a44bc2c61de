"""Rules that only the server needs: pure, no I/O."""
