"""A ticket says that its customer did not get the newest reply, until there is another one."""

from typing import Any

import pytest

from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from server.clock import utc_now
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import tickets
from tests.support.desk import Org
from tests.support.rest import Caller


class Scene:
    """A ticket of Carla's, to which an agent replies."""

    def __init__(self, org: Org, agent: Caller, carla: Caller) -> None:
        self.org, self.agent, self.carla = org, agent, carla
        self.number = 0

    async def file(self) -> None:
        command = FileTicket("It broke", "Please help")
        job = await self.does(self.carla, lambda work: ticket_creation.create_ticket(work, command))
        self.number = job.number

    async def says(self, who: Caller, kind: MessageKind = MessageKind.REPLY) -> int:
        command = AddMessage(body="Words", kind=kind)
        done = await self.does(
            who, lambda work: ticket_commands.execute_command(work, self.number, command)
        )
        return int(done.message_seq)

    async def bounces(self, seq: int, person_id: int = 0) -> None:
        failed = FailedMail(
            person_id=person_id or self.carla.id, number=self.number, seq=seq, error="550 no"
        )
        await self.write(
            make_system_actor(self.org.id),
            lambda work: delivery_failures.record_undelivered(work, failed),
        )

    async def is_marked(self) -> bool:
        found = await self.org.desk.database.read_snapshot(
            lambda reading: tickets.find_ticket(reading, self.org.id, self.number)
        )
        assert found
        return found.undelivered_at is not None

    async def does(self, who: Caller, job: Any) -> Any:
        actor = Actor(self.org.id, Role(who.who["role"]), who.id, who.name, who.email)
        return await self.write(actor, job)

    async def write(self, actor: Actor, job: Any) -> Any:
        return await self.org.desk.database.write(
            lambda writing: job(UnitOfWork(writing, actor, utc_now()))
        )


@pytest.fixture
async def scene(org: Org) -> Scene:
    scene = Scene(org, await org.agent(), await org.customer())
    await scene.file()
    return scene


async def test_the_newest_reply_marks_the_ticket_until_another_is_written(scene: Scene) -> None:
    await scene.bounces(await scene.says(scene.agent))
    assert await scene.is_marked()
    await scene.says(scene.carla)
    await scene.says(scene.agent, MessageKind.NOTE)
    assert await scene.is_marked()
    await scene.says(scene.agent)
    assert not await scene.is_marked()


async def test_an_older_reply_or_a_copy_marks_no_ticket(scene: Scene) -> None:
    older = await scene.says(scene.agent)
    newest = await scene.says(scene.agent)
    await scene.bounces(older)
    await scene.bounces(newest, person_id=scene.agent.id)
    assert not await scene.is_marked()


async def test_agents_see_the_mark_and_customers_do_not(scene: Scene) -> None:
    await scene.bounces(await scene.says(scene.agent))
    path = f"/tickets/{scene.number}"
    assert "undelivered_at" in (await scene.agent.get(path)).expect(200)
    assert "undelivered_at" not in (await scene.carla.get(path)).expect(200)
