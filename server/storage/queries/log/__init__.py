"""The event log, its sequence, and the policies that its times refer to."""
