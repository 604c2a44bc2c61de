"""Deskwire's figures: each hot path against a bare peer, measured in the same run."""
