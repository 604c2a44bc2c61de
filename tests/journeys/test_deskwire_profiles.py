"""`deskwire login`, `logout`, `profile`: several servers and organizations, and kept sessions."""

import stat
import sys
from pathlib import Path
from types import ModuleType

import pytest
from msgspec.structs import replace

from tests.support.desk import PASSWORD, Org, Tenants
from tests.support.deskwire_command import deskwire
from tests.support.marks import on_sqlite
from tests.support.rest import Caller
from tests.support.seat import Seat
from tui.config.config_file import load_config, save_profile
from tui.config.stored_tokens import Account, read_token
from tui.shell.app import Deskwire

pytestmark = on_sqlite


class FakeKeyring(ModuleType):
    """A keyring in memory; one that `is_forgetful` takes everything and keeps nothing."""

    def __init__(self, *, is_forgetful: bool = False) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.is_forgetful = is_forgetful

    def set_password(self, service: str, name: str, secret: str) -> None:
        if not self.is_forgetful:
            self.kept[service, name] = secret

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


class BrokenKeyring(FakeKeyring):
    """A keyring without a session to be asked in."""

    def set_password(self, service: str, name: str, secret: str) -> None:
        raise RuntimeError("no D-Bus session")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, whose keyring forgets."""
    monkeypatch.setenv("DESKWIRE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring(is_forgetful=True))
    return tmp_path


async def at_home(home: Path, *arguments: str, text: str | None = None) -> tuple[int, str]:
    """The exit code of a command, and what it prints."""
    done = await deskwire(*arguments, text=text, env={"DESKWIRE_CONFIG": str(home / "config.toml")})
    return done.returncode, done.stdout + done.stderr


async def log_in(home: Path, caller: Caller, name: str) -> str:
    place = ("--server", caller.http, "--org", str(caller.org_id), "--email", caller.email)
    code, printed = await at_home(home, "login", "--profile", name, *place, text=f"{PASSWORD}\n")
    assert code == 0, printed
    return printed


def token_of(caller: Caller, name: str) -> str | None:
    place = load_config().profiles[name].token_in
    return read_token(Account(caller.http, caller.org_id, caller.email), place)


async def test_each_profile_acts_in_its_own_organization(
    org: Org, tenants: Tenants, home: Path
) -> None:
    ana = await org.agent("Ana")
    bo = await (await tenants.found()).agent("Bo")
    assert "Signed in as Ana" in await log_in(home, ana, "first")
    await log_in(home, bo, "second")
    assert "name: Ana" in (await at_home(home, "me", "read"))[1]
    assert "name: Bo" in (await at_home(home, "--profile", "second", "me", "read"))[1]
    assert "name: Bo" in (await at_home(home, "me", "read", "--profile", "second"))[1]
    assert (await at_home(home, "profile", "use", "second"))[0] == 0
    assert "name: Bo" in (await at_home(home, "me", "read"))[1]
    listed = (await at_home(home, "profile", "list"))[1]
    assert "*\tsecond" in listed
    code, line = await at_home(home, "--profile", "third", "me", "read")
    assert (code, "no profile third" in line) == (2, True)


async def test_a_named_profile_goes_before_variables(org: Org, home: Path) -> None:
    ana = await org.agent("Ana")
    await log_in(home, ana, "first")
    env = {
        "DESKWIRE_CONFIG": str(home / "config.toml"),
        "DESKWIRE_SERVER": "http://127.0.0.1:1",
        "DESKWIRE_TOKEN": "dws_another",
    }
    assert (await deskwire("--profile", "first", "me", "read", env=env)).returncode == 0
    assert (await deskwire("me", "read", env=env)).returncode == 5


async def test_without_a_keyring_the_token_is_in_a_private_file_and_that_is_said(
    org: Org, home: Path
) -> None:
    ana = await org.agent("Ana")
    printed = await log_in(home, ana, "first")
    file = home / "deskwire" / "tokens.json"
    assert f"No keyring was found: the session is kept in {file}" in printed
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = token_of(ana, "first")
    assert token is not None
    assert token not in (home / "config.toml").read_text()
    file.chmod(0o644)
    assert token_of(ana, "first") is None, "what others can read is not used"


async def test_with_a_keyring_no_file_has_the_token(
    org: Org, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = FakeKeyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    ana = await org.agent("Ana")
    assert "in the system's keyring" in await log_in(home, ana, "first")
    assert token_of(ana, "first") in keyring.kept.values()
    assert not (home / "deskwire" / "tokens.json").exists()
    assert (await at_home(home, "logout"))[0] == 0
    assert keyring.kept == {}


async def test_a_keyring_that_fails_is_none(
    org: Org, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", BrokenKeyring())
    assert "No keyring" in await log_in(home, await org.agent(), "first")


async def test_signing_out_ends_the_session_and_keeps_what_one_wrote(org: Org, home: Path) -> None:
    ana = await org.agent("Ana")
    await log_in(home, ana, "first")
    config = home / "config.toml"
    config.write_text("# mine\n" + config.read_text() + '\n[keys]\n"ticket.claim" = "ctrl+y"\n')
    token = token_of(ana, "first")
    assert token is not None
    assert (await ana.having(token=token).get("/me")).status == 200
    assert (await at_home(home, "logout"))[0] == 0
    assert (await ana.having(token=token).get("/me")).status == 401
    assert config.read_text().startswith("# mine\n")
    assert "ctrl+y" in config.read_text()
    assert (await at_home(home, "me", "read"))[0] == 3
    assert (await at_home(home, "logout", "--forget"))[0] == 0
    assert load_config().profiles == {}


async def test_a_token_is_not_sent_to_another_server(org: Org, home: Path) -> None:
    ana = await org.agent("Ana")
    await log_in(home, ana, "first")
    profile = load_config().profiles["first"]
    save_profile("first", replace(profile, server=f"{ana.http}/desk"))
    assert "not signed in" in (await at_home(home, "me", "read"))[1]


async def test_the_workstation_opens_with_a_kept_session_and_leaves_it(
    org: Org, home: Path
) -> None:
    ana = await org.agent("Ana")
    await log_in(home, ana, "first")
    token = token_of(ana, "first") or ""
    values = {"server": ana.http, "org": str(org.id), "email": ana.email, "token": token}
    app = Deskwire(values)
    async with app.run_test(size=(80, 24)) as pilot:
        await Seat(app, pilot).sees("LIVE")
    assert (await ana.having(token=token).get("/me")).status == 200


@pytest.mark.usefixtures("home")
async def test_a_kept_session_that_has_ended_asks_for_the_password(org: Org) -> None:
    ana = await org.agent("Ana")
    values = {"server": ana.http, "org": str(org.id), "email": ana.email, "token": "dws_ended"}
    app = Deskwire(values)
    async with app.run_test(size=(80, 24)) as pilot:
        seat = Seat(app, pilot)
        await seat.until(lambda: "has ended" in app.sign_in.message)
        await seat.write(PASSWORD)
        await seat.press("enter")
        await seat.sees("LIVE")
