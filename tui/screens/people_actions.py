"""The people of a ticket: its customer with their addresses, and who takes part beside them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import UNSET, Struct

from common import endpoints, mail_in_endpoints, person_endpoints
from common.accounts import AddAddress, MergeUser
from common.people import SUPERVISORS, Role
from common.queries import UserQuery
from common.wire import AddressView, CustomerRef, Page, TicketView, UserView
from tui.messages.requests import CallEndpoint, ShowToast
from tui.model.choices import PickerOption
from tui.screens.command_prompts import ask_prompt
from tui.screens.dialogs import DialogScreen
from tui.text import formatting
from tui.ticket_verbs import CORRECT_CUSTOMER

_FOUND = 50


class TicketPeople(Struct, frozen=True):
    """The people of a ticket, as the server has them now."""

    ticket: TicketView
    customer: UserView
    addresses: tuple[AddressView, ...]
    participants: tuple[CustomerRef, ...]


Step = tuple[PickerOption, Callable[[], None]]
"""A line of the menu, and what it does."""


class PeopleActions:
    """A menu of who a ticket is about, and of what can be changed about that."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def load_people(self, ticket: TicketView) -> None:
        """Reads who it is about, and then shows the menu."""
        number, customer_id = ticket.number, ticket.customer.id

        def read_customer(customer: UserView) -> None:
            def read_addresses(addresses: Page[AddressView]) -> None:
                def read_participants(participants: Page[CustomerRef]) -> None:
                    self._show_menu(
                        TicketPeople(
                            ticket, customer, tuple(addresses.items), tuple(participants.items)
                        )
                    )

                self._call(
                    mail_in_endpoints.LIST_PARTICIPANTS, {"number": number}, then=read_participants
                )

            self._call(person_endpoints.LIST_ADDRESSES, {"id": customer_id}, then=read_addresses)

        self._call(endpoints.READ_USER, {"id": customer_id}, then=read_customer)

    def _call(self, *args: Any, **options: Any) -> None:
        self._screen.post_message(CallEndpoint(*args, **options))

    def _show_menu(self, people: TicketPeople) -> None:
        if self._screen.app.screen is not self._screen:
            return  # the agent went on
        steps = [
            *self._list_customer_steps(people),
            *self._list_participant_steps(people),
            *self._list_merge_steps(people),
        ]
        by_value = {option.value: step for option, step in steps}
        self._screen.show_picker(
            f"Who #{people.ticket.number} is about",
            [option for option, _ in steps],
            lambda value: by_value[value](),
        )

    # -- the customer

    def _list_customer_steps(self, people: TicketPeople) -> list[Step]:
        customer, steps = people.customer, list[Step]()
        steps.append(
            (
                PickerOption("customer", "give it to another customer", f"now {customer.name}"),
                lambda: self._ask_customer(people.ticket),
            )
        )
        if customer.undeliverable is not UNSET:
            refusal = customer.undeliverable.error
            steps.append(
                (
                    PickerOption("undeliverable", "send mail to them again", f"⊘ {refusal}"),
                    lambda: self._clear_undeliverable(people),
                )
            )
        steps += [
            step for address in people.addresses for step in self._address_steps(people, address)
        ]
        steps.append(
            (
                PickerOption("address", "add an address", f"of {customer.name}"),
                lambda: self._ask_address(people),
            )
        )
        return steps

    def _list_merge_steps(self, people: TicketPeople) -> list[Step]:
        actor = self._screen.context.actor
        if actor is None or actor.role not in SUPERVISORS:
            return []
        merge = PickerOption("merge", "the same person as another", "merge the two customers")
        unmerge = PickerOption("unmerge", "undo a merge of customers", "within 30 days")
        return [
            (merge, partial(self._ask_same_person, people)),
            (unmerge, partial(self._ask_merged_person, people.customer)),
        ]

    def _ask_merged_person(self, customer: UserView) -> None:
        """Asks who was merged into the customer and is somebody else after all."""

        def found(page: Page[UserView]) -> None:
            merged = {str(it.id): it for it in page.items if it.merged_into == customer.id}
            options = [PickerOption(value, it.name, "merged") for value, it in merged.items()]
            if options:
                self._screen.show_picker(
                    f"Who is not {customer.name}?", options, lambda it: confirm(merged[it])
                )
            else:
                words = f"Nobody called so was merged into {customer.name}."
                self._screen.post_message(ShowToast(words, "bad"))

        def confirm(other: UserView) -> None:
            def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
                if is_yes:
                    self._call(
                        person_endpoints.UNMERGE_USER,
                        {"id": other.id},
                        doing="Undoing the merge …",
                        done=f"{other.name} is a customer of their own again",
                    )

            self._screen.show_confirmation(f"Give {other.name} back all that was theirs?", answered)

        def typed(words: str) -> None:
            query = UserQuery(role=[Role.CUSTOMER], q=words, limit=_FOUND)
            self._call(endpoints.LIST_USERS, query=query, then=found)

        self._screen.show_picker("Former name", [], typed, is_free=True)

    def _ask_same_person(self, people: TicketPeople) -> None:
        def found(page: Page[UserView]) -> None:
            others = {str(it.id): it for it in page.items if it.id != people.customer.id}
            options = [PickerOption(value, it.name, it.email or "") for value, it in others.items()]
            if options:
                self._screen.show_picker(
                    f"{people.customer.name} is", options, lambda it: confirm(others[it])
                )
            else:
                self._screen.post_message(ShowToast("No other customer is called so.", "bad"))

        def confirm(other: UserView) -> None:
            def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
                if is_yes:
                    self._call(
                        person_endpoints.MERGE_USER,
                        {"id": people.customer.id},
                        body=MergeUser(into=other.id),
                        doing="Merging …",
                        done=f"{people.customer.name} is {other.name} now",
                    )

            self._screen.show_confirmation(
                f"All of {people.customer.name}'s goes to {other.name}?", answered
            )

        def typed(words: str) -> None:
            query = UserQuery(role=[Role.CUSTOMER], q=words, limit=_FOUND)
            self._call(endpoints.LIST_USERS, query=query, then=found)

        self._screen.show_picker("Find by name or address", [], typed, is_free=True)

    def _address_steps(self, people: TicketPeople, address: AddressView) -> list[Step]:
        if address.primary or address.id is None:
            return []
        place = {"id": people.customer.id}

        def make_primary() -> None:
            self._call(
                person_endpoints.ADD_ADDRESS,
                place,
                body=AddAddress(address.address, primary=True),
                doing="Changing …",
                done=f"Mail to {people.customer.name} goes to {address.address}",
            )

        def remove() -> None:
            self._call(
                person_endpoints.REMOVE_ADDRESS,
                place | {"address_id": address.id},
                doing="Removing …",
                done=f"{address.address} is no longer an address of {people.customer.name}",
            )

        name = address.address
        return [
            (PickerOption(f"primary {name}", "send their mail there", name), make_primary),
            (PickerOption(f"remove {name}", "take an address away", name), remove),
        ]

    def _ask_customer(self, ticket: TicketView) -> None:
        reason = self._screen.context.explain_unavailable("customer", ticket)
        if reason is not None:
            self._screen.refuse_input(reason)
            return
        ask_prompt(self._screen, ticket, CORRECT_CUSTOMER)

    def _ask_address(self, people: TicketPeople) -> None:
        def typed(address: str) -> None:
            self._call(
                person_endpoints.ADD_ADDRESS,
                {"id": people.customer.id},
                body=AddAddress(address),
                doing="Adding …",
                done=f"{address} is an address of {people.customer.name}",
            )

        self._screen.show_picker(f"Address of {people.customer.name}", [], typed, is_free=True)

    def _clear_undeliverable(self, people: TicketPeople) -> None:
        actor = self._screen.context.actor
        if actor is None or actor.role not in SUPERVISORS:
            self._screen.refuse_action("Only a supervisor has mail sent to them again.")
            return
        self._call(
            endpoints.CLEAR_UNDELIVERABLE,
            {"id": people.customer.id},
            doing="Clearing …",
            done=f"Mail is sent to {people.customer.name} again",
        )

    # -- participants

    def _list_participant_steps(self, people: TicketPeople) -> list[Step]:
        steps: list[Step] = [
            (
                PickerOption(f"part {it.id}", "end their part", f"{it.name} <{it.email}>"),
                partial(self._remove_participant, people.ticket, it),
            )
            for it in people.participants
        ]
        add = PickerOption("participant", "let somebody take part", "they get every reply")
        return [*steps, (add, lambda: self._ask_participant(people.ticket))]

    def _remove_participant(self, ticket: TicketView, person: CustomerRef) -> None:
        self._call(
            mail_in_endpoints.REMOVE_PARTICIPANT,
            {"number": ticket.number, "id": person.id},
            doing="Removing …",
            done=f"{person.name} takes no longer part in #{ticket.number}",
            then=lambda _: self._screen.people_changed(ticket.number),
        )

    def _ask_participant(self, ticket: TicketView) -> None:
        def typed(words: str) -> None:
            query = UserQuery(role=[Role.CUSTOMER], q=words, limit=_FOUND)

            def found(page: Page[UserView]) -> None:
                self._choose_participant(ticket, words, page.items)

            self._call(endpoints.LIST_USERS, query=query, then=found)

        self._screen.show_picker("Find by name or address", [], typed, is_free=True)

    def _choose_participant(self, ticket: TicketView, words: str, found: list[UserView]) -> None:
        people = {str(it.id): it for it in found if it.id != ticket.customer.id}
        if not people:
            short = formatting.truncate_text(words, 30)
            self._screen.post_message(ShowToast(f"No other customer is called “{short}”.", "bad"))
            return

        def chosen(value: str) -> None:
            self._call(
                mail_in_endpoints.ADD_PARTICIPANT,
                {"number": ticket.number, "id": int(value)},
                doing="Adding …",
                done=f"{people[value].name} takes part in #{ticket.number}",
                then=lambda _: self._screen.people_changed(ticket.number),
            )

        options = [PickerOption(value, it.name, it.email or "") for value, it in people.items()]
        self._screen.show_picker(f"Who takes part in #{ticket.number}?", options, chosen)
