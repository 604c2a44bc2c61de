"""The sentences of our mails, a file for each language."""
