"""Judges whether a mail comes from the address in its `From`, by what a trusted server says."""

from server.desk.mail.mail_decision import Authenticity
from server.mail_reading.mail_authentication import judge_authentication
from server.mail_reading.received_mail import ReadMail


class SenderProof:
    """Trusts one server's `Authentication-Results` (RFC 8601), by its authserv-id; None: nobody's.

    The site's mail server must remove such headers of others, or a sender could write them.
    """

    def __init__(self, authserv_id: str | None) -> None:
        self._authserv_id = authserv_id

    def judge_sender(self, read: ReadMail) -> Authenticity:
        """Returns the verdict on the sender; with several authors none is proved."""
        if self._authserv_id is None:
            return Authenticity.UNKNOWN
        if read.sender is None or not read.has_one_author:
            return Authenticity.FAILED
        proved = judge_authentication(read.authentication, self._authserv_id, read.sender.domain)
        return Authenticity.PASSED if proved else Authenticity.FAILED
