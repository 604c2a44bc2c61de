"""A customer's text can neither style nor steer the terminal: seen from the terminal's side."""

import pytest

from tests.support.hostile_tty import OWN, hostile_tty

FORBIDDEN = {
    "a title": b"\x1b]0;",
    "any operating system command": b"\x1b]",
    "a bell": b"\x07",
    "an eight-bit control": "\x9b".encode(),
    "a style of the customer's": b"\x1b[41;5m",
    "a right-to-left override": "\u202e".encode(),
    "an isolate": "\u2066".encode(),
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_no_byte_of_a_hostile_ticket_reaches_the_terminal(size: tuple[int, int]) -> None:
    with hostile_tty(*size) as screen:
        screen.wait_for(b"LIVE", b"SUBJECT a]0;OWNEDb31mc[41;5mdef[/foo]")
        screen.press(b"r")
        screen.wait_for("REPLY · PUBLIC · to CUSTOMER".encode())
        screen.wait_for(b"DESCRIPTION", b"BODY", b"AUTHOR", b"keep draft")
        screen.press(b"\x1b")
        screen.wait_for(b"resolve")
        screen.press(b"x")
        screen.wait_for(b"Resolve #17")
        screen.press(b"n")
        screen.press(b"\x11")
        assert screen.ends_with() == 0
    heard = screen.heard.replace(OWN, b"")
    found = [name for name, sequence in FORBIDDEN.items() if sequence in heard]
    assert found == []
