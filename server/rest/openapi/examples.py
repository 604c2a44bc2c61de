"""An example of every body: what the documentation shows, and its page fills in."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from common import accounts, webhooks
from common.bulk import BulkRequest
from common.drafts import SaveDraft
from common.endpoint import Endpoint
from common.macros import CreateMacro, EditMacro
from common.mail_in import AcceptHeldMail, CreateInbox
from common.notifications import ReadNotices
from common.organization import EditOrganization
from common.preferences import Preferences
from common.saved_views import CreateView, EditView
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.redacting import RedactTicket
from common.tickets.replying import AddMessage
from common.watching import WatchTicket

_PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - an example, and known to all

EXAMPLES: Final[dict[Any, dict[str, Any]]] = {
    accounts.OpenSession: {"email": "ann@example.org", "password": _PASSWORD},
    accounts.ChangePassword: {"current_password": _PASSWORD, "new_password": _PASSWORD + "!"},
    accounts.SetPresence: {"state": "available", "ttl_seconds": 60},
    accounts.SignUp: {"email": "cleo@example.org", "name": "Cleo Park", "password": _PASSWORD},
    accounts.FinishProof: {
        "email": "cleo@example.org",
        "code": "01234567",
        "password": _PASSWORD,
    },
    accounts.CreateUser: {
        "email": "ben@example.org",
        "name": "Ben Adeyemi",
        "role": "agent",
        "password": _PASSWORD,
        "skills": ["billing"],
        "capacity": 8,
    },
    accounts.EditUser: {"skills": ["billing", "refunds"], "capacity": 8},
    accounts.AddAddress: {"address": "cleo.park@work.example", "primary": False},
    accounts.MergeUser: {"into": 1017},
    accounts.CreateApiKey: {"name": "Nightly export", "scopes": ["tickets:read"]},
    accounts.OpenStream: {"public_key": "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"},
    EditOrganization: {"signup": "open", "auto_close_hours": 96},
    CreateInbox: {"address": "help@acme.example", "category": "billing"},
    AcceptHeldMail: {"customer_email": "cleo@example.org"},
    BulkRequest: {
        "filter": {"status": ["open"], "tag": ["outage"]},
        "edit": {"priority": "urgent", "add_tags": ["incident-7"]},
        "dry_run": True,
    },
    WatchTicket: {"typing": True},
    CreateMacro: {
        "name": "Refund is on its way",
        "body": "Dear {{customer.first_name}},\n\nyour refund is on its way.\n\n{{agent.name}}",
        "kind": "reply",
        "verbs": {"status": "resolved", "add_tags": ["refund"]},
    },
    SaveDraft: {"kind": "reply", "body": "Dear Cleo,\n\nyour refund", "based_on": 0},
    CreateView: {
        "name": "Urgent and mine",
        "filter": "status:unresolved priority:urgent assignee:me",
        "sort": "sla_due",
        "columns": ["number", "priority", "subject", "customer", "sla_due"],
    },
    EditView: {"filter": "status:unresolved priority:>=high assignee:me", "position": 0},
    EditMacro: {"name": "Refund sent", "verbs": {"status": "resolved"}},
    FileTicket: {
        "subject": "The invoice shows the wrong address",
        "description": "Since we moved, every invoice still has the old street on it.",
        "priority": "high",
        "customer_email": "cleo@example.org",
    },
    EditTicket: {"priority": "urgent", "tags": ["vip"]},
    webhooks.CreateWebhook: {
        "url": "https://shop.example/deskwire",
        "events": ["ticket.created", "message.*"],
        "description": "The shop",
    },
    webhooks.EditWebhook: {"events": ["ticket.*"], "active": True},
    webhooks.ReplayRange: {"from_seq": 17, "to_seq": 88},
    AddMessage: {"body": "We have corrected the address.", "status": "resolved"},
    RedactTicket: {"reason": "Card number", "text": "4111 1111 1111 1111"},
    RateTicket: {"score": 5, "comment": "Quick and kind."},
    ReadNotices: {"up_to": 88},
    Preferences: {
        "notices": [{"kind": "customer_reply", "relation": "mine", "channels": ["email"]}],
        "quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "Europe/Rome"},
        "digest": "hourly",
    },
}
"""Examples of bodies by their class; where a body may be empty, `{}` is example enough."""


def find_example(endpoint: Endpoint) -> Mapping[str, Any]:
    """Returns an example of the endpoint's body: its own, or that of the body's class."""
    if endpoint.example:
        return msgspec.json.decode(endpoint.example, type=dict[str, Any])
    return EXAMPLES.get(endpoint.body, {})
