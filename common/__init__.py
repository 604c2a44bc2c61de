"""The language that server and terminal both speak: pure, without clock, socket or disk."""
