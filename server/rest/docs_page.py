"""The page to read and try the API."""


def page() -> str:
    return "<!doctype html><title>Deskwire</title>"
