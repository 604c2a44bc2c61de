"""The rating page behind a mailed link."""
