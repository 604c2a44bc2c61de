"""Kept between starts: profiles, settings, keys and tokens."""
