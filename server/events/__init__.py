"""The live event stream: access to it, and the publisher."""
