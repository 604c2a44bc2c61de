"""The widgets: they read the store, and post messages for what the agent does."""
