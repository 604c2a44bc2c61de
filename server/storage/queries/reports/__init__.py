"""Reports' rows: written one by one, packed by the day, and read as what was measured."""
