"""What the report screens show: figures, spans of time, words and charts, without a terminal."""
