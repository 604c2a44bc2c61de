"""Writes of one organization go together, those of others beside them; nothing is lost."""

import asyncio
from collections.abc import Iterable

from server.storage.engine.job import QueuedJob
from server.storage.engine.organization_queue import MAX_BATCH_WRITES, OrganizationQueue

Batch = list[QueuedJob]


def make_jobs(org_ids: Iterable[int | None]) -> Batch:
    loop = asyncio.get_running_loop()
    return [QueuedJob(int, loop.create_future(), org_id=org_id) for org_id in org_ids]


def take(queue: OrganizationQueue) -> Batch:
    batch = queue.get()
    assert batch is not None
    return batch


async def test_jobs_of_one_organization_go_together() -> None:
    queue = OrganizationQueue()
    first, other, second = make_jobs([1, 2, 1])
    queue.put_batch([first, other, second])
    assert take(queue) == [first, second]
    assert take(queue) == [other]


async def test_jobs_gather_while_their_organization_is_written_for() -> None:
    queue = OrganizationQueue()
    first, second, third, other = make_jobs([1, 1, 1, 2])
    queue.put_batch([first])
    taken = take(queue)
    queue.put_batch([second])
    queue.put_batch([third, other])
    assert take(queue) == [other]  # the next free thread does not wait for organization 1
    queue.release(taken)
    assert take(queue) == [second, third]


async def test_a_job_without_an_organization_goes_alone() -> None:
    queue = OrganizationQueue()
    jobs = make_jobs([None, None])
    queue.put_batch(jobs)
    assert [take(queue), take(queue)] == [[jobs[0]], [jobs[1]]]


async def test_a_batch_has_a_limit_and_the_rest_goes_next() -> None:
    queue = OrganizationQueue()
    jobs = make_jobs([1] * (MAX_BATCH_WRITES + 3) + [2])
    queue.put_batch(jobs)
    taken = take(queue)
    assert taken == jobs[:MAX_BATCH_WRITES]
    queue.release(taken)
    assert take(queue) == jobs[-1:]  # organization 2 was not overtaken
    assert take(queue) == jobs[MAX_BATCH_WRITES:-1]


async def test_a_closed_queue_ends_every_thread_after_the_last_job() -> None:
    queue = OrganizationQueue()
    first, second = make_jobs([1, 1])
    queue.put_batch([first])
    taken = take(queue)
    queue.put_batch([second])
    waiting = [asyncio.create_task(asyncio.to_thread(queue.get)) for _ in range(3)]
    for _ in waiting:
        queue.close()
    queue.release(taken)
    ended = await asyncio.gather(*waiting)
    assert ended.count(None) == 2
    assert [second] in ended
