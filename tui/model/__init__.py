"""The state of this client, without a terminal: tickets, people, drafts, the inbox."""
