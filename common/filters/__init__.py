"""The filter language: read, written, matched and completed alike by server and workstation."""
