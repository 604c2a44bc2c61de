"""What this client believes and remembers, without a terminal."""
