"""What is asked of one user's account on a session that is logged on: its profile, a new password, a resume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.domain.errors import HostRefused, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Reply
from bridge.domain.secret import Secret
from bridge.observe import events
from connectors.hosts.products.base import Product
from connectors.hosts.products.patterns import code_of, whole

if TYPE_CHECKING:
    from connectors.hosts.host import SystemHost

log = events.logger("hosts")


class SystemSession:
    """What the caller types through, until the block ends."""

    def __init__(self, host: SystemHost, product: Product, *, warm: bool) -> None:
        self._host, self._product, self._warm = host, product, warm
        self._seen: Profile | None = None

    def profile(self, userid: Userid) -> Profile:
        """What the host says of the userid. Standing UNKNOWN where it has none.

        A listing that came to its prompt and cannot be read is asked for once more: an operator's message may have
        fallen between its lines, and a listing changes nothing. A session from before that still shows none is
        replaced: somebody may have changed its settings.
        """
        self._refuse_misfit(userid)
        warm, asked = self._warm, 0
        while True:
            replies = self._run(self._product.status(userid))
            asked += 1
            try:
                self._seen = self._product.read_status(replies, userid)
                return self._seen
            except UnexpectedAnswer as odd:
                if asked > 1 + warm or not whole(replies):
                    raise
                log.info("host.listing_again", system=self._host.name, text=str(odd))
            if asked > 1:
                self._host.close()

    def change(self, userid: Userid, new: Secret, *, resume: bool) -> None:
        """Set the password, to be changed at first use. Returning proves nothing: read the profile."""
        self._refuse_misfit(userid)
        self._host.code = None
        wanted = resume and self._host.resume and (self._product.resumes_anybody or self._shown_suspended(userid))
        order = self._product.reset(userid, new, resume=wanted)
        replies = self._run(replace(order, fenced=self._shown_due(userid)))
        self._host.code = code_of(replies)
        self._product.read_reset(replies, userid)

    def unlock(self, userid: Userid) -> None:
        """Lift a suspension by wrong passwords. Returning proves nothing: read the profile."""
        self._refuse_misfit(userid)
        self._product.read_unlock(self._run(self._product.unlock(userid)), userid)

    def _refuse_misfit(self, userid: Userid) -> None:
        """No userid of another system's form gets into a command here, whatever a row of the database says."""
        form = self._host.form
        if not form.pattern.fullmatch(userid):
            raise HostRefused(self._host.name, Reason.UNKNOWN_USER, [f"not asked: {form.expected} is expected"])

    def _shown_suspended(self, userid: Userid) -> bool:
        """Whether the last listing of this session shows that wrong passwords have suspended the userid."""
        seen = self._seen
        return seen is not None and seen.userid == userid and seen.suspended_by == "violations"

    def _shown_due(self, userid: Userid) -> bool:
        """Whether its password had to be changed before: on some products the listing then looks the same after."""
        return self._seen is not None and self._seen.userid == userid and self._seen.must_change

    def _run(self, order: Order) -> tuple[Reply, ...]:
        """A warm wire that turns out to be gone is replaced once; after its first answer it is warm no more."""
        replies = self._host.run(order, anew=self._warm)
        self._warm = False
        return replies
