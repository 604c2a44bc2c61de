"""Types and rules shared by server and workstation. Pure: no clock, socket, disk or environment."""
