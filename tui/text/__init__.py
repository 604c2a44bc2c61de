"""Text for the screen: formatted, made safe, and told as a history. Pure."""
