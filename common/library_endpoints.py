"""The endpoints of what agents keep for their work: macros, drafts and saved views."""

from typing import Final

from common import queries, wire
from common.drafts import DiscardDraft, DraftQuery, DraftView, SaveDraft
from common.endpoint import TICKETS_WRITE, Endpoint
from common.macros import CreateMacro, EditMacro, MacroView
from common.people import AGENTS
from common.saved_views import CreateView, EditView, SavedView, ViewQuery

LIST_MACROS: Final = Endpoint(
    name="macros.list",
    method="GET",
    path="/macros",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="The macros of the organization, and the caller's own",
    query=queries.PageQuery,
    answer=wire.Page[MacroView],
    revalidates=True,
)
CREATE_MACRO: Final = Endpoint(
    name="macro.create",
    method="POST",
    path="/macros",
    roles=AGENTS,
    summary="Create a macro",
    body=CreateMacro,
    answer=MacroView,
    success=201,
    retries=True,
)
READ_MACRO: Final = Endpoint(
    name="macro.read",
    method="GET",
    path="/macros/{id}",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="A macro",
    answer=MacroView,
)
EDIT_MACRO: Final = Endpoint(
    name="macro.edit",
    method="PATCH",
    path="/macros/{id}",
    roles=AGENTS,
    summary="Change a macro",
    body=EditMacro,
    answer=MacroView,
)
DELETE_MACRO: Final = Endpoint(
    name="macro.delete",
    method="DELETE",
    path="/macros/{id}",
    roles=AGENTS,
    summary="Delete a macro",
    success=204,
)
LIST_DRAFTS: Final = Endpoint(
    name="drafts.list",
    method="GET",
    path="/drafts",
    roles=AGENTS,
    summary="The caller's own drafts, by ticket",
    query=DraftQuery,
    answer=wire.Page[DraftView],
    revalidates=True,
)
SAVE_DRAFT: Final = Endpoint(
    name="draft.save",
    method="PUT",
    path="/tickets/{number}/drafts",
    roles=AGENTS,
    summary="Save a draft, which only the caller sees",
    body=SaveDraft,
    answer=DraftView,
)
DISCARD_DRAFT: Final = Endpoint(
    name="draft.discard",
    method="DELETE",
    path="/tickets/{number}/drafts",
    roles=AGENTS,
    summary="Discard a draft",
    query=DiscardDraft,
    success=204,
)
LIST_VIEWS: Final = Endpoint(
    name="views.list",
    method="GET",
    path="/views",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="The saved views of the organization, and the caller's own",
    query=ViewQuery,
    answer=wire.Page[SavedView],
    revalidates=True,
)
CREATE_VIEW: Final = Endpoint(
    name="view.create",
    method="POST",
    path="/views",
    roles=AGENTS,
    summary="Save a view",
    body=CreateView,
    answer=SavedView,
    success=201,
    retries=True,
)
READ_VIEW: Final = Endpoint(
    name="view.read",
    method="GET",
    path="/views/{id}",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="A saved view",
    answer=SavedView,
)
EDIT_VIEW: Final = Endpoint(
    name="view.edit",
    method="PATCH",
    path="/views/{id}",
    roles=AGENTS,
    summary="Change a saved view",
    body=EditView,
    answer=SavedView,
)
DELETE_VIEW: Final = Endpoint(
    name="view.delete",
    method="DELETE",
    path="/views/{id}",
    roles=AGENTS,
    summary="Delete a saved view",
    success=204,
)
