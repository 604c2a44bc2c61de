"""The wire as the workstation uses it: REST requests, the event stream, reconnection."""
