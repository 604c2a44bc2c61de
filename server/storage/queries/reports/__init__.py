"""Reports: rows are written one by one, packed by day, and read as measurements."""
