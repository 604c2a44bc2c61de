"""Background jobs: each finds its work in the database and does it through the desk."""
