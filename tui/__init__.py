"""The workstation: the terminal program of the agents."""
