"""Files of attachments, beside the database: on disk or in S3-compatible storage.

A file is saved before the row that names it, and deleted after the row is gone.
"""
