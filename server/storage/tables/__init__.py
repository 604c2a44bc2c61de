"""The tables, as peewee models."""
