"""The unit of work, and how it records events and saves tickets."""
