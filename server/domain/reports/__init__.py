"""Reports as pure rules: what an event counts, how figures are made of it, what a period is."""
