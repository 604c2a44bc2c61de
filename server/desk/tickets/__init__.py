"""The steps of a command to a ticket, from loading it to what is due to it."""
