"""Deletes files from the store: of removed attachments, and uploads that nothing attached."""

from typing import Final

import structlog

from server.jobs.worker import BackgroundWorker
from server.storage.files.attachment_storage import AttachmentStorage

POLL_SECONDS: Final = 2.0
_AT_ONCE: Final = 100
log = structlog.get_logger()


class FileSweeper:
    """Deletes what is due, a few files at a time. What fails stays due."""

    def __init__(self, files: AttachmentStorage) -> None:
        self._files = files
        self._worker = BackgroundWorker("file sweeper", self.sweep_files, POLL_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def sweep_files(self) -> bool:
        """Deletes some files; returns whether there may be more."""
        deleted = await self._files.delete_due_files(_AT_ONCE)
        if deleted:
            log.info("files deleted", files=deleted)
        return deleted == _AT_ONCE
