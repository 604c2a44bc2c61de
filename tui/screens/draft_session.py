"""Writing to a ticket: the draft on disk, the last message that was read, and sending once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec import UNSET
from textual.timer import Timer

from common.drafts import join_texts
from common.macros import NO_VERBS, MacroVerbs, MacroView, fill_variables
from common.text import BODY_LIMIT
from common.tickets.replying import AddMessage, MessageKind
from common.wire import TicketView
from tui.keys import label_command
from tui.messages.requests import SendCommand
from tui.model import file_paths, macro_library
from tui.model.context import WorkstationContext
from tui.model.draft_agreements import DraftId
from tui.model.drafts import Draft, Drafts
from tui.text import formatting
from tui.widgets.composer import Composer

_AUTOSAVE: Final = 0.25
"""Seconds of typing that a terminal that dies may lose, at most."""
_GONE_ELSEWHERE: Final = "sent or discarded on your other terminal"


class DraftSession:
    """The text that is being written to one ticket. No typed text is ever lost."""

    def __init__(self, context: WorkstationContext, composer: Composer) -> None:
        self._workstation, self._composer = context, composer
        self._number = 0
        self.verbs = NO_VERBS
        """The changes of the ticket that are sent with the text."""
        self._is_read = False
        """True once the conversation is there to be read."""
        self._read_up_to = 0
        """The last event that the agent can know of; without the conversation, that of the list."""
        self.begun_after = 0
        """The ticket's last event when the text was begun: what others wrote since is marked."""
        self._timer: Timer | None = None

    @property
    def _draft_place(self) -> DraftId:
        return self._number, self._composer.kind

    def open_draft(self, ticket: TicketView, kind: MessageKind) -> None:
        """Opens the composer with the draft of this kind, keeping one of the other kind."""
        self.save_draft()
        self._drop_scheduled_save()
        self._number = ticket.number
        self._is_read = ticket.number in self._workstation.store.messages
        self._read_up_to = ticket.last_seq
        drafts = self._workstation.drafts
        draft = drafts.get(ticket.number, kind) if drafts else None
        known = ticket.last_seq if self._is_read else 0
        self.begun_after = (draft.begun_after if draft else 0) or known
        if draft and draft.set_aside and not draft.text.strip():
            draft = self._take_set_aside(draft)
        self._composer.open_editor(ticket, kind, draft.text if draft else "")
        self._show_additions(draft)
        self.show_remark("earlier draft" if draft else _describe_keys())

    def _show_additions(self, draft: Draft | None) -> None:
        """Shows the files and the changes of the ticket that go with a draft."""
        files = tuple(map(Path, draft.files)) if draft else ()
        self._composer.set_files(files, draft.elsewhere if draft else ())
        self._set_verbs(draft.verbs if draft else NO_VERBS)

    def _take_set_aside(self, draft: Draft) -> Draft | None:
        """Makes the version that was set aside the draft: it is all there is."""
        drafts = self._workstation.drafts
        if drafts is None:
            return draft
        drafts.set_aside(draft.number, draft.kind, "")
        return drafts.save(draft.number, draft.kind, draft.set_aside, draft.files, draft.verbs)

    def is_writing(self, place: DraftId) -> bool:
        """Returns whether this draft is in the composer now."""
        return self._composer.is_open and place == self._draft_place

    def adopt_draft(self, kind: MessageKind, before: str) -> None:
        """Shows the draft that another terminal has changed; `before` is its text here until then.

        What was typed since the last save stays, and the other text is set aside.
        """
        drafts, composer = self._workstation.drafts, self._composer
        if drafts is None or not self.is_writing((self._number, kind)):
            return
        draft = drafts.get(self._number, kind)
        text = draft.text if draft else ""
        if composer.text not in {before, text}:
            files = tuple(map(str, composer.files))
            self._keep_text(drafts, files)
            taken = text if text != before else ""
            aside = join_texts(taken, draft.set_aside if draft else "")
            drafts.set_aside(self._number, kind, aside if aside not in composer.text else "")
            self.show_remark(f"draft saved · {_name_sending()}")
            return
        if composer.text != text:
            composer.set_text(text)
        self._show_additions(draft)
        self.show_remark(
            f"from your other terminal · {_name_sending()}" if draft else _GONE_ELSEWHERE
        )

    def swap_versions(self) -> bool:
        """Shows the other version of the text, and sets this one aside. False: there is none."""
        self.save_draft()
        drafts = self._workstation.drafts
        draft = drafts.get(*self._draft_place) if drafts else None
        if drafts is None or draft is None or not draft.set_aside:
            return False
        drafts.set_aside(draft.number, draft.kind, draft.text if draft.text.strip() else "")
        self._composer.replace_text(draft.set_aside)
        self.save_draft()
        return True

    def show_remark(self, text: str) -> None:
        """Shows the state of the draft; that it was not sent stays until it is."""
        drafts = self._workstation.drafts
        draft = drafts.get(*self._draft_place) if drafts else None
        reason = draft.not_sent if draft else ""
        if draft and draft.set_aside:
            text = f"{label_command('writing.swap')} your other version · {text}"
        self._composer.show_remark(
            f"NOT SENT · {_name_sending()} it · {reason}" if reason else text
        )
        self._composer.set_class(bool(reason), "-not-sent")

    def set_read_mark(self, ticket: TicketView) -> None:
        """Counts the conversation as read, now that it is loaded."""
        if not self._is_read and ticket.number == self._number:
            self._is_read = True
            self._read_up_to = ticket.last_seq
            self.begun_after = self.begun_after or ticket.last_seq

    def schedule_save(self, set_timer: Callable[[float, Callable[[], Any]], Timer]) -> None:
        """Saves the draft soon, be the agent still typing or not."""
        if self._timer is None:
            self._timer = set_timer(_AUTOSAVE, self._save_on_timer)

    def _drop_scheduled_save(self) -> None:
        """Drops the save of what was typed before: it would call an opened draft a saved one."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _save_on_timer(self) -> None:
        self._timer = None
        # What was saved in another way has its own remark: that it is discarded, or from elsewhere.
        if not self._is_saved():
            self.save_draft()

    def _is_saved(self) -> bool:
        drafts, composer = self._workstation.drafts, self._composer
        if drafts is None or drafts.save_error(*self._draft_place):
            return False
        draft = drafts.get(*self._draft_place)
        if draft is None:
            return not composer.text.strip() and not composer.files
        return draft.has_content(composer.text, tuple(map(str, composer.files)), self.verbs)

    def save_draft(self) -> bool:
        """Saves what is in the composer now. True: there is a draft."""
        drafts = self._workstation.drafts
        if not self._composer.is_open or drafts is None:
            return False
        files = tuple(map(str, self._composer.files))
        draft = self._keep_text(drafts, files)
        reason = drafts.save_error(*self._draft_place)
        saved = f"NOT SAVED on this machine: {reason}" if reason else "draft saved"
        self.show_remark(f"{saved} · {_name_sending()}" if draft else _describe_keys())
        return draft is not None

    def _keep_text(self, drafts: Drafts, files: tuple[str, ...]) -> Draft | None:
        number, kind = self._draft_place
        text, begun = self._composer.text, self.begun_after
        return drafts.save(number, kind, text, files, self.verbs, begun_after=begun)

    def explain_refusal(self) -> str | None:
        """Returns why the text cannot be sent now; None: it can."""
        reason = self._explain_bad_text()
        if reason is not None:
            return reason
        ticket = self._workstation.store.tickets.get(self._number)
        reason = self._explain_bad_files() or self._workstation.explain_unavailable(
            self._composer.kind, ticket
        )
        if reason is not None:
            self._mark_unsendable(reason)
        return reason

    def _mark_unsendable(self, reason: str) -> None:
        self.save_draft()
        self._mark_draft(self._draft_place, reason)

    def _explain_bad_text(self) -> str | None:
        text = self._composer.text
        if not text.strip() and not self._composer.files:
            return "There is nothing to send."
        if len(text) > BODY_LIMIT:
            return f"It is too long: {len(text)} characters of at most {BODY_LIMIT}."
        return None

    def _explain_bad_files(self) -> str | None:
        organization = self._workstation.store.organization
        bad = (file_paths.explain_bad_upload(it, organization) for it in self._composer.files)
        return next((reason for reason in bad if reason), None)

    def explain_bad_file(self, text: str) -> str | None:
        """Returns why a file cannot be attached; None: it can, or is to be taken off."""
        organization = self._workstation.store.organization
        path, files = file_paths.expand_path(text), self._composer.files
        if path in files:
            return None
        most = organization.attachments_per_message if organization else 0
        if organization and len(files) >= most:
            return f"A message takes {formatting.format_noun_count(most, 'file')} at most."
        return file_paths.explain_bad_upload(path, organization)

    def toggle_file(self, text: str) -> None:
        """Attaches the file at a path; one that is attached is taken off."""
        path, files = file_paths.expand_path(text), self._composer.files
        kept = tuple(file for file in files if file != path)
        drafts = self._workstation.drafts
        draft = drafts.get(*self._draft_place) if drafts else None
        elsewhere = draft.elsewhere if draft else ()
        self._composer.set_files(kept if path in files else (*files, path), elsewhere)
        self.save_draft()

    def use_macro(self, macro: MacroView) -> None:
        """Inserts a macro's text at the cursor, and sends its changes with the text."""
        context = self._workstation
        ticket, me = context.store.tickets.get(self._number), context.store.me
        if ticket is None or me is None:
            return
        values = macro_library.list_values(ticket, me, context.store, context.public_url)
        self._composer.insert_text(fill_variables(macro.body, values))
        self._set_verbs(macro_library.merge_verbs(self.verbs, macro.verbs))
        self.save_draft()

    def drop_verbs(self) -> None:
        """Sends no change of the ticket with the text."""
        self._set_verbs(NO_VERBS)

    def _set_verbs(self, verbs: MacroVerbs) -> None:
        self.verbs = verbs
        self._composer.show_verbs(macro_library.describe_verbs(verbs, self._workstation.store))

    def build_message(self, ticket: TicketView) -> SendCommand:
        """Returns the message to send. It has the draft's key, so that it arrives once."""
        self.save_draft()
        drafts, kind = self._workstation.drafts, self._composer.kind
        draft = drafts.get(ticket.number, kind) if drafts else None
        after = self._read_up_to if kind is MessageKind.REPLY else UNSET
        files, text = self._composer.files, self._composer.text
        body = text if text.strip() else "\n".join(path.name for path in files)
        command = AddMessage(body=body, kind=kind, after_seq=after)
        command = self.verbs.add_to_message(command, self._workstation.agent_id, ticket.status)
        return SendCommand(
            ticket.number,
            command,
            doing=f"Sending the {kind} to #{ticket.number} …",
            done=f"The {kind} to #{ticket.number} is sent",
            key=draft.key if draft else None,
            files=files,
            has_text=bool(text.strip()),
        )

    def discard_sent(self, number: int, kind: MessageKind) -> None:
        """Deletes a draft that is in the outbox now, and closes its editor."""
        if self._workstation.drafts is not None:
            self._workstation.drafts.finish(number, kind)
        if (number, kind) == self._draft_place:
            self._composer.close_editor()

    def mark_unsent(self, number: int, kind: MessageKind, reason: str) -> None:
        """Keeps a draft that was not sent, and marks it so."""
        self._mark_draft((number, kind), reason)

    def _mark_draft(self, place: DraftId, reason: str) -> None:
        if self._workstation.drafts is not None:
            self._workstation.drafts.mark_failed(*place, reason)
        if place == self._draft_place:
            self.show_remark("")

    def advance_read_mark(self, number: int, kind: MessageKind, seq: int) -> None:
        """Counts messages up to `seq` as read: they are shown above the draft."""
        if (number, kind) == self._draft_place:
            self._read_up_to = max(seq, self._read_up_to)


def _name_sending() -> str:
    return f"{label_command('writing.send')} sends"


def _describe_keys() -> str:
    return f"{_name_sending()} · {label_command('writing.keep')} keeps the draft"
