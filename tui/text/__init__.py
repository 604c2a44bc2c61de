"""Text for the screen: formatting, cleaning, histories. Pure."""
