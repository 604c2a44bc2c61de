"""Reports: rows are written one by one, rolled up by day, and read as measurements."""
