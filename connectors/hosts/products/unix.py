"""UNIX: local accounts over a shell. Pure. What is typed stands in dialogs/linux.yaml, aix.yaml, or a site's own file.

How the answers are read stands in accounts.py and aix.py, and in facts.py for whatever says `label: value`. A reset is
good after exit status 0 of every line, where the lists around chpasswd do not deny it, and the listing read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import takewhile
from typing import Final

from bridge.config.model import Unix as Settings
from bridge.domain.errors import HostRefused, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Proof, Reply, Standing, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.orders import SUDO, Command
from connectors.hosts.products.accounts import Linux, Variant
from connectors.hosts.products.aix import Aix
from connectors.hosts.products.facts import Told
from connectors.hosts.products.patterns import code_of, compiled, rows_of, typeable, whole, with_code
from connectors.hosts.products.shelled import Shelled

SETTABLE: Final = compiled(r"[A-Za-z0-9@#$_:=.%]{1,16}")
"""chpasswd splits a line at its first colon and nothing else; AIX's classic crypt uses eight characters."""

AROUND: Final = ("before", "behind")
"""What the lists ahead of chpasswd and behind it are called, in a file that has them typed."""

ONLY_ITS_STATUS: Final = (
    "what was listed cannot tell the new password from the one before: only chpasswd's status says that it took"
)


class Unix(Shelled[Settings]):
    """UNIX on one system. `settings` are those of `unix:` in its configuration."""

    name = "unix"
    resumes_anybody = True
    step = "chpasswd"
    defaults = Settings

    @property
    def _grain(self) -> timedelta:
        return timedelta(seconds=2) if self._variant.stamps_each_change else timedelta(0)

    @property
    def _variant(self) -> Variant:
        """Who reads the answers."""
        if self._orders.reads == "aix":
            return Aix(self._settings, self._orders.looks_for)
        if self._orders.reads == "facts" and self._orders.profile is not None:
            return Told(self._orders.profile)
        return Linux(self._settings, self._orders.looks_for, self._today() if self._today else None)

    @classmethod
    def _shipped(cls, settings: Settings) -> str:
        return settings.variant

    def _words(self) -> Mapping[str, str]:
        return {SUDO: self._settings.sudo or ""}

    def _takes(self, new: Secret) -> Secret:
        return typeable(new, allowed=SETTABLE, expected="1 to 16 letters, digits or @ # $ _ : = . % are expected")

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read what the tools show. An unknown account gives Standing.UNKNOWN; refusals raise.

        An account that another directory has is no password of this system's: `has_password` is False.
        """
        rows, variant = self._patterns.meant(rows_of(replies)), self._variant
        refused = replies and code_of(replies) and self._patterns.refusal(self._patterns.meant(replies[-1].rows))
        if whole(replies):
            answers = self._answers(replies)
            if variant.unknown(answers) or (refused is Reason.UNKNOWN_USER and len(rows) == len(answers) == 1):
                return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
            if (found := variant.profile(answers, userid, rows)) is not None:
                return found
        if refused:
            self._patterns.raise_for(refused, "status", rows)
        raise UnexpectedAnswer(self.system, "status", with_code(rows, code_of(replies)))

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return if every line exited with 0, and chpasswd has set something. NotProven where it was kept away."""
        self._demand(self._orders.commands.reset, replies)
        variant, shown = self._variant, self._around(replies)
        if isinstance(variant, Linux) and len(shown) == len(AROUND) and variant.untouched(*shown.values()):
            raise HostRefused(self.system, Reason.NOT_PROVEN, rows_of(shown.values()), partly=True)

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """The same."""
        self._demand(self._orders.commands.unlock, replies)

    def judge(self, before: Profile, after: Profile) -> Proof:
        """The flag is there: Linux shows the last change as due, AIX shows ADMCHG and a new lastupdate."""
        if after.standing is Standing.UNKNOWN or not after.has_password:
            return Proof(verdict=Verdict.NO, note="the account has no local password")
        fine = self._variant.stamps_each_change
        if fine and after.stamp == before.stamp:
            note = f"lastupdate is {after.stamp} as before: nothing was set, or within the same second"
            return Proof(verdict=Verdict.UNKNOWN, note=note, again=self.proof_grain)
        if not after.must_change:
            note = f"the last change is {after.stamp}, and none is due: the password was set but need not be changed"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        notes = [ONLY_ITS_STATUS] if not fine and self._looks_alike(before) else []
        if after.suspended_by is not None:
            notes.append("the account may still be locked")
        return Proof(verdict=Verdict.YES, note="; ".join(notes))

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """No change is due any more, and the last one is another."""
        known = now.standing is not Standing.UNKNOWN and now.has_password and now.stamp is not None
        return known and seen is not None and not now.must_change and now.stamp != seen

    def _around(self, replies: Sequence[Reply]) -> dict[str, Reply]:
        """The lists around chpasswd by their names, in order, where the file has them typed and they were answered."""
        always = takewhile(lambda step: step.only is None, self._orders.commands.reset.lines)
        names = [step.shows for step in (*self._orders.enter, *always)]
        return {name: reply for name, reply in zip(names, replies, strict=False) if name in AROUND}

    def _looks_alike(self, before: Profile) -> bool:
        """Whether nothing that was listed shows that another password was set."""
        looks_around = {step.shows for step in self._orders.commands.reset.lines} >= set(AROUND)
        variant = self._variant
        if looks_around and isinstance(variant, Linux):
            return not before.must_change and variant.is_today(before.stamp)
        return before.must_change

    def _demand(self, command: Command, replies: Sequence[Reply]) -> None:
        """Raise unless its lines were all run, all with success. A second change of one day leaves `chage` as it was:
        where a line behind chpasswd is refused, its exit status alone tells that the password is another one."""
        listed = self._around(replies).values()
        heard = [reply for reply in replies if reply.code != 0 or reply not in listed]  # a long list hides a refusal
        rows, code = self._patterns.meant(rows_of(heard)), code_of(replies)
        least = len(self._orders.enter) + sum(step.only is None for step in command.lines)
        if len(replies) >= least and whole(replies) and all(reply.code == 0 for reply in replies):
            return
        self._refuse_busy(rows)
        if why := self._patterns.refusal(rows):
            harmless = takewhile(lambda step: step.shows is not None, command.lines)
            begun = any(reply.code == 0 for reply in replies[len(self._orders.enter) + len(list(harmless)) :])
            self._patterns.raise_for(why, self.step, rows, partly=begun)
        raise UnexpectedAnswer(self.system, self.step, with_code(rows, code))
