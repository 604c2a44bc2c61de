"""Reports without a terminal: figures, date ranges, texts and charts."""
