"""Messages between screens and the shell: what is asked for, and what came of it."""
