"""Commands and events of tickets: one capability a file; `registry` lists them all."""
