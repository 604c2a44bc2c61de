"""The server: owns storage, decides commands, publishes what happened."""
