"""The removal of a person, an organization or a text from every row."""
