"""The core of the REST API: the steps that every request passes through."""
