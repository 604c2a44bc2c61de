"""The network: REST requests, the event stream, reconnection."""
