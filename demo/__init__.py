"""The demo: a temporary organization with simulated people, and the workstation."""
