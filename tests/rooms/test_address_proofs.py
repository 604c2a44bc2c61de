"""Proofs of addresses on both databases: one at a time, for a quarter of an hour, for customers."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from common.errors import Invalid
from common.organization import Signup
from common.people import Role
from server.desk.people import address_proving
from server.domain.proof_codes import CODE_LIFETIME, MAX_ATTEMPTS, RESEND_PAUSE
from server.storage.queries.person import sessions
from server.storage.queries.person.people import Person
from tests.support.local_desk import ORG, SYSTEM, LocalDesk

CARLA, ANA, NOBODY = "carla@example.test", "ana@example.test", "nobody@example.test"


class ProofDesk(LocalDesk):
    """Acme with the customer Carla and the agent Ana."""

    async def begin(self, email: str = CARLA, code: str = "right") -> bool:
        return await self.do(
            SYSTEM,
            lambda work: address_proving.begin_address_proof(work, email, f"hash of {email}", code),
        )

    async def finish(
        self, code: str = "right", email: str = CARLA, name: str = ""
    ) -> Person | None:
        return await self.do(
            SYSTEM,
            lambda work: address_proving.finish_address_proof(
                work, email, f"hash of {email}", code, name, "new"
            ),
        )


@pytest.fixture
async def desk(desk_url: str) -> AsyncIterator[ProofDesk]:
    async with ProofDesk.open(desk_url, signup=Signup.OPEN) as made:
        await made.join("Carla", Role.CUSTOMER)
        await made.join("Ana", Role.AGENT)
        yield made


async def test_a_code_sets_the_password_once_and_ends_the_sessions(desk: ProofDesk) -> None:
    carla = await desk.join("Cleo", Role.CUSTOMER)
    await desk.database.write(
        lambda writing: sessions.start_session(writing, ORG, carla.id or 0, 0, 10**17)
    )
    assert await desk.begin("cleo@example.test")
    person = await desk.finish(email="cleo@example.test")
    assert person is not None
    assert (person.id, person.password_hash) == (carla.id, "new")
    left = await desk.database.read_snapshot(
        lambda reading: sessions.list_session_hashes(reading, ORG, carla.id or 0)
    )
    assert left == []
    assert await desk.finish(email="cleo@example.test") is None


async def test_a_code_is_over_when_its_time_is(desk: ProofDesk) -> None:
    await desk.begin()
    desk.now += CODE_LIFETIME - timedelta(seconds=1)
    assert await desk.finish("wrong") is None
    desk.now += timedelta(seconds=1)
    assert await desk.finish() is None


async def test_the_newest_code_counts_alone_and_another_one_only_after_a_pause(
    desk: ProofDesk,
) -> None:
    assert await desk.begin(code="first")
    desk.now += RESEND_PAUSE - timedelta(seconds=1)
    assert not await desk.begin(code="second")
    desk.now += timedelta(seconds=1)
    assert await desk.begin(code="third")
    assert await desk.finish("first") is None
    assert await desk.finish("second") is None
    assert await desk.finish("third") is not None


async def test_wrong_codes_end_it(desk: ProofDesk) -> None:
    await desk.begin()
    for _ in range(MAX_ATTEMPTS):
        assert await desk.finish("wrong") is None
    assert await desk.finish() is None


async def test_a_code_proves_its_own_address_alone(desk: ProofDesk) -> None:
    await desk.begin()
    assert await desk.finish(email=NOBODY, name="Nobody") is None
    assert await desk.finish() is not None


async def test_agents_get_no_code_and_somebody_new_needs_a_name(desk: ProofDesk) -> None:
    assert not await desk.begin(ANA)
    assert await desk.finish(email=ANA) is None
    assert await desk.begin(NOBODY)
    with pytest.raises(Invalid):
        await desk.finish(email=NOBODY)
    made = await desk.finish(email=NOBODY, name="Noa")
    assert made is not None
    assert (made.name, made.role, made.password_hash) == ("Noa", Role.CUSTOMER, "new")
