"""Log and metrics of a running server, for its operators."""
