"""What operators see of a running server: its log, its metrics, whether it is ready."""
