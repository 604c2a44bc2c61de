"""The groups of operations, with a sentence each: what `/docs` is divided into."""

from typing import Final

TAGS: Final[dict[str, str]] = {
    "sessions": "Sign in and out",
    "me": "The caller: account, presence, inbox preferences, own figures",
    "organization": "The organization's settings",
    "sla": "Service levels of tickets that are open already",
    "customers": "Registration of customers, and proofs of their addresses",
    "users": "The people of the organization",
    "api-keys": "Keys for programs",
    "tickets": "Tickets: filing, lists, changes, conversation, history",
    "attachments": "Files of messages and tickets",
    "queues": "Counts of what waits",
    "events": "The organization's event log",
    "stream": "The live event stream over ZeroMQ",
    "notifications": "The in-app inbox",
    "mentionable": "The agents whom a message can name",
    "reports": "Figures for supervisors",
    "inboxes": "Addresses whose mail becomes tickets",
    "mails": "Mail that a program brings in",
    "held-mails": "Mail that waits for a supervisor",
    "bulk": "One thing done with many tickets",
    "macros": "Texts that are sent often, with variables and changes of the ticket",
    "drafts": "Unsent texts of the caller, which nobody else sees",
    "views": "Saved filters with a name, order and columns",
    "webhooks": "Endpoints that events are sent to",
    "deliveries": "What was sent to webhooks",
    "server": "Routes that belong to no organization: health, metrics, documentation, rating",
    "pages": "Pages for customers, which are no API",
    "events sent": "Requests that this server makes to webhooks",
}
"""By the first word of the path; a test misses none."""
