"""Moving in and out: an organization's people and tickets as lines of JSON."""
