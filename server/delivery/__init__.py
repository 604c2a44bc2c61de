"""What leaves the house after the commit: rows written with the event, sent with retries."""
