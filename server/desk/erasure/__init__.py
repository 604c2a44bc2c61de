"""The removal of a person from everything that was recorded."""
