"""Settings, API keys and webhooks: what administrators change in their organization."""
