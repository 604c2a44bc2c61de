"""A queue of writes on PostgreSQL: those of one organization wait together and go together.

A write locks its organization's sequence. A second writer for the same organization would only
wait for the first one, with a connection of its own. So while one thread writes for an
organization, further jobs of it gather, and the next transaction commits all of them at once.
Jobs of different organizations are never in one transaction: they would wait for each other, and
two servers could lock them in different orders.
"""

import threading
from collections import deque
from collections.abc import Hashable
from typing import Final

from server.storage.engine.job import QueuedJob
from server.storage.engine.job_queue import Batch, JobQueue

MAX_BATCH_WRITES: Final = 64
"""The most writes in one commit: so long do the other servers wait for the organization."""


class OrganizationQueue(JobQueue):
    """A queue whose batches are the waiting jobs of one organization. Thread-safe.

    A job without an organization is a batch of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._gathered: dict[Hashable, deque[QueuedJob]] = {}
        self._ready: deque[Hashable] = deque()
        """Organizations with jobs that no thread writes for, in the order of their oldest jobs."""
        self._served: set[Hashable] = set()
        self._is_closed = False

    def get(self) -> Batch | None:
        with self._changed:
            while not self._ready:
                if self._is_closed and not self._gathered:
                    return None
                self._changed.wait()
            return self._take_batch(self._ready.popleft())

    def release(self, batch: Batch) -> None:
        key = _find_key(batch[0])
        with self._changed:
            self._served.discard(key)
            if key in self._gathered:
                self._ready.append(key)
            # Where the queue is closed, several threads may wait to see that nothing is left.
            self._changed.notify_all() if self._is_closed else self._changed.notify()

    def close(self) -> None:
        self._send_batch()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def put_batch(self, batch: Batch) -> None:
        with self._changed:
            for queued in batch:
                key = _find_key(queued)
                if key in self._gathered:
                    self._gathered[key].append(queued)
                    continue
                self._gathered[key] = deque([queued])
                if key not in self._served:
                    self._ready.append(key)
            self._changed.notify(len(self._ready))

    def _take_batch(self, key: Hashable) -> Batch:
        gathered = self._gathered[key]
        batch = [gathered.popleft() for _ in range(min(len(gathered), MAX_BATCH_WRITES))]
        if not gathered:
            del self._gathered[key]
        self._served.add(key)
        return batch


def _find_key(queued: QueuedJob) -> Hashable:
    return queued if queued.org_id is None else queued.org_id
