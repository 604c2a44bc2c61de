"""Marks: which of the shared desks a test needs."""

import pytest

on_sqlite = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
"""Tests on SQLite alone: for what does not depend on the database."""
on_postgres = pytest.mark.parametrize("site", ["postgresql"], indirect=True)
own_on_sqlite = pytest.mark.parametrize("desk_url", ["sqlite"], indirect=True)
"""The same for a test that has a database of its own."""
