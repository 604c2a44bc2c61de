"""Changes the settings of an organization, with what follows from them."""

from common.errors import Invalid
from common.organization import EditOrganization, OrganizationSettings
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions
from server.domain import settings_rules
from server.storage.queries.person import people


def edit_settings(work: UnitOfWork, command: EditOrganization) -> OrganizationSettings:
    """Changes settings and returns them; no difference, no event. Raises Invalid."""
    before = work.settings
    after = command.apply_to(before)
    faults = settings_rules.find_settings_errors(after)
    if command.categories:
        skills = people.read_agent_skills(work.writing, work.actor.org_id)
        faults += settings_rules.find_unstaffed_skills(after, skills)
    if faults:
        raise Invalid(*faults)
    if after != before:
        work.sequence.save_settings(after)
        due_actions.reschedule_due_actions(work, before, after)
        event_recorder.record_organization(work)
    return after
