"""Changes saved views: supervisors those of the organization, every agent their own."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from common.errors import Conflict, Forbidden, Invalid, NotFound, RequestRefused
from common.saved_views import MOST_VIEWS, CreateView, EditView, SavedView
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.queries.organization import saved_views
from server.storage.queries.organization.saved_views import StoredView


class ViewNameTaken(Conflict):
    slug, title = "view-name-taken", "Another view has this name"
    occasion = "Another view of the same owner has this name."


class TooManyViews(Conflict):
    slug, title = "too-many-views", "There are all the views that there may be"
    occasion = "The owner has 50 views. Delete one first."


class StaleView(RequestRefused):
    """`extras["view"]` is the view as it is now."""

    slug, title, status = "stale-view", "The view has changed since you read it", 412
    occasion = "`If-Match` names an older version of a saved view: `view` is the present one."


def create_view(work: UnitOfWork, command: CreateView) -> StoredView:
    """Saves a view. Raises Forbidden, Invalid, ViewNameTaken, TooManyViews."""
    given = _rename_filter(asdict(command))
    owner_id = None if given.pop("shared") else work.actor.id
    _check_permission(work, owner_id)
    return add_owned_view(work, owner_id, given)


def add_owned_view(work: UnitOfWork, owner_id: int | None, given: dict[str, Any]) -> StoredView:
    """Adds a view behind its owner's others. Raises Invalid, ViewNameTaken, TooManyViews."""
    org_id, now = work.actor.org_id, to_microseconds(work.now)
    beside = _list_owned(work, owner_id)
    made = StoredView(
        org_id=org_id,
        id=saved_views.read_last_view_id(work.writing, org_id) + 1,
        owner_id=owner_id,
        position=len(beside),
        version=1,
        created_at=now,
        updated_at=now,
        **given,
    )
    _check_view(made, beside)
    saved_views.add_view(work.writing, made)
    _announce(work, made)
    return made


def edit_view(
    work: UnitOfWork, view_id: int, command: EditView, if_match: frozenset[int] | None = None
) -> StoredView:
    """Changes a view. Raises as above, and NotFound, StaleView; an equal one is not written."""
    before = load_view(work, view_id)
    given = _rename_filter(
        {name: value for name, value in asdict(command).items() if value is not UNSET}
    )
    if "shared" in given:
        given["owner_id"] = None if given.pop("shared") else work.actor.id
    after = replace(before, **given)
    _check_permission(work, before.owner_id)
    _check_permission(work, after.owner_id)
    _check_view_version(before, if_match)
    beside = [it for it in _list_owned(work, after.owner_id) if it.id != view_id]
    if after.owner_id != before.owner_id and "position" not in given:
        after = replace(after, position=len(beside))
    after = replace(after, position=min(after.position, len(beside)))
    if after == before:
        return before
    _check_view(after, beside)
    left = [it for it in _list_owned(work, before.owner_id) if it.id != view_id]
    return _save_in_order(work, before, after, beside, left)


def delete_view(work: UnitOfWork, view_id: int, if_match: frozenset[int] | None = None) -> None:
    """Deletes a view. Raises NotFound, Forbidden, StaleView."""
    before = load_view(work, view_id)
    _check_permission(work, before.owner_id)
    _check_view_version(before, if_match)
    saved_views.delete_view_row(work.writing, work.actor.org_id, view_id)
    _renumber(work, _list_owned(work, before.owner_id))
    _announce(work, before)


def load_view(work: UnitOfWork, view_id: int) -> StoredView:
    """Returns a view that the caller may see. Raises NotFound."""
    found = saved_views.find_view(work.writing, work.actor.org_id, view_id, work.actor.id)
    if found is None:
        raise NotFound
    return found


def render_saved_view(view: StoredView) -> SavedView:
    """Returns a view for the wire."""
    return SavedView(
        id=view.id,
        name=view.name,
        filter=view.filter_text,
        sort=view.sort,
        columns=view.columns,
        shared=view.owner_id is None,
        position=view.position,
        version=view.version,
        created_at=from_microseconds(view.created_at),
        updated_at=from_microseconds(view.updated_at),
    )


def _rename_filter(given: dict[str, Any]) -> dict[str, Any]:
    """Gives the filter the name of its column."""
    return {"filter_text" if name == "filter" else name: value for name, value in given.items()}


def _save_in_order(
    work: UnitOfWork,
    before: StoredView,
    after: StoredView,
    beside: list[StoredView],
    left: list[StoredView],
) -> StoredView:
    """Saves a changed view in its place among `beside`; `left` are those of its former owner."""
    after = replace(after, version=before.version + 1, updated_at=to_microseconds(work.now))
    saved_views.save_view(work.writing, after)
    _renumber(work, [*beside[: after.position], after, *beside[after.position :]])
    if after.owner_id != before.owner_id:
        _renumber(work, left)
    _announce(work, before, after)
    return after


def _renumber(work: UnitOfWork, views: Sequence[StoredView]) -> None:
    """Gives the views of one owner their positions in this order."""
    for position, view in enumerate(views):
        if view.position != position:
            moved = replace(view, position=position, version=view.version + 1)
            saved_views.save_view(work.writing, moved)


def _list_owned(work: UnitOfWork, owner_id: int | None) -> list[StoredView]:
    found = saved_views.list_views(work.writing, work.actor.org_id, owner_id)
    return [it for it in found if it.owner_id == owner_id]


def _check_permission(work: UnitOfWork, owner_id: int | None) -> None:
    if owner_id is None and not work.actor.is_supervisor:
        raise Forbidden("Only supervisors change the views that everybody has.")


def _check_view(view: StoredView, beside: Sequence[StoredView]) -> None:
    """Raises Invalid, ViewNameTaken and TooManyViews, by what its owner has beside it."""
    if len(set(view.columns)) < len(view.columns):
        raise Invalid.for_field("/columns", "must name each column once")
    if any(it.name.casefold() == view.name.casefold() for it in beside):
        raise ViewNameTaken("Choose another name, or edit the view that has it.")
    if len(beside) >= MOST_VIEWS:
        raise TooManyViews(f"There may be {MOST_VIEWS}: delete one that is not used.")


def _check_view_version(view: StoredView, if_match: frozenset[int] | None) -> None:
    if if_match is not None and view.version not in if_match:
        detail = f"The view is at version {view.version} by now."
        raise StaleView(detail, view=render_saved_view(view))


def _announce(work: UnitOfWork, *changed: StoredView) -> None:
    """Records that something of the organization has changed, so that clients read it again."""
    if any(view.owner_id is None for view in changed):
        event_recorder.record_organization(work, reroute=False)
