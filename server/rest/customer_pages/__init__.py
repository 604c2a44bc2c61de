"""Pages for customers: a ticket behind a mailed link, and accounts; they need no scripts."""
