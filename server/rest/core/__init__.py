"""The core of REST: what every request passes through, whatever it asks for."""
