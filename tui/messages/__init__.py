"""Messages between screens and the app: requests and their results."""
