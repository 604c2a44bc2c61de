"""Accounts, addresses and merged customers."""
