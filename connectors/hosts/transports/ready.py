"""The dialog at READY: one line, its answer over all pages, and back to READY whatever happened.

A line and its Enter are one command to s3270, which does nothing else in between: a message of the host cannot come
between text and key. So the screen is looked at first, and what is sent is what a person would have sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bridge.domain.errors import AnswerLost, BadInput, HostUnreached
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Reply, Typed
from bridge.domain.secret import Secret
from connectors.hosts.transports import tso
from connectors.hosts.transports.actions import as_string_action, as_typed, wait_for
from connectors.hosts.transports.base import Log
from connectors.hosts.transports.charset import national, national_line
from connectors.hosts.transports.desk import ROWS, Desk, still_connected
from connectors.hosts.transports.masking import Mask, without_quoted
from connectors.hosts.transports.pages import Pages
from connectors.hosts.transports.patience import Patience
from connectors.hosts.transports.s3270 import NothingSent, SessionLost
from connectors.hosts.transports.screens import Screen, from_ascii
from connectors.machine import Deadline

READY: Final = tso.READY_TEXT
CLEAR_WITHIN: Final = 5.0
BREAK_OUT_WITHIN: Final = timedelta(seconds=5)
NUDGE_AFTER: Final = 1.0
"""Seconds without output after which a prompt that a message has pushed up is asked for again."""
ASKED_AFTER: Final = 0.3
"""Seconds without output after which a question is taken for one."""
TRUSTED_FOR: Final = timedelta(seconds=30)
"""A session that answered so recently is taken to be there."""
FREE_WITHIN: Final = 2.0
"""Seconds after which the keyboard is not waited for any more: what the host writes meanwhile is."""
MOST_PAGES: Final = 200
TRIES: Final = 3
SHOWN: Final = 2
MOST_SHOWN: Final = 160
"""Lines, and characters, of what stands there where no prompt has come: more than the line that was typed."""
CONTINUES: Final = ("-", "+")
COMMAND: Final = re.compile(r"(?:TSS )?[A-Z0-9@#$]*", re.IGNORECASE)
"""What a line is called in messages: Top Secret's are all TSS, and a function."""


class _NoEnd(Exception):
    """The limit came before any prompt."""


class Ready:
    """A session at READY. run() raises HostUnreached or AnswerLost; `usable` is False from then on.

    `silent` is True once even attention brought nothing at all: there is nobody to log off from.

    answer_within   how long the host may be silent ahead of an answer's end; ends_within: how long that may be in all
    hide     what is masked beside an order's own secrets
    indent   how far READY was indented when the host let the service id in

    After each answer the screen is cleared, secrets and all, and nobody waits for the host to agree: the next line
    does. `clean` is True from then on: READY does not stand on the screen, though the session waits with it.
    """

    def __init__(
        self,
        desk: Desk,
        system: str,
        answer_within: timedelta,
        hide: Sequence[Secret],
        log: Log,
        indent: int = 0,
        *,
        ends_within: timedelta = timedelta(0),
    ) -> None:
        self._desk, self._system, self._within, self._whole = desk, system, answer_within, ends_within
        self._hide, self._log = tuple(hide), log
        self._indents = tso.INDENTS | {indent, indent + 1}  # some prompts begin with a blank of their own
        self.usable = True
        self.silent = False
        self.clean = False
        self._sent = False
        self._idle = Deadline(timedelta(0))
        self._prompt = READY
        self._known: tuple[str, ...] = (READY,)
        self._seen: tuple[str, ...] = ()

    @property
    def at_ready(self) -> bool:
        """Whether READY is what the session waits with, as far as was seen."""
        return self._prompt == READY

    def check(self) -> bool:
        """Whether READY is there; after a while of silence one round trip shows whether the host still answers."""
        try:
            self._stand_ready()
            if self._idle.waited > TRUSTED_FOR:
                self.clean = False
                self._clean_screen()
        except (SessionLost, _NoEnd):
            self.usable = False
        return self.usable

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Carry out an order; see Wire. What is typed and read is what the host's code page has for # @ $."""
        page = self._desk.emulator.codepage
        moved = tuple(replace(each, line=national_line(each.line, page)) for each in order.typed)
        replies = self._run(replace(order, typed=moved))
        return tuple(replace(each, rows=_as_here(each.rows, order.userid, page)) for each in replies)

    def _run(self, order: Order) -> tuple[Reply, ...]:
        mask = Mask((*self._hide, *(secret for typed in order.typed for secret in typed.line.secrets)))
        self._refuse_unfit(order)
        self._known = tuple(dict.fromkeys((READY, *(word for each in order.typed for word in each.ends))))
        self._sent, step, limit = False, READY, self._patience()
        replies: list[Reply] = []
        try:
            empty = self._stand_ready()
            for typed in order.typed:
                if replies and typed.after.upper() not in replies[-1].text.upper():
                    break
                step, limit = _name_of(typed), self._patience()
                reply = self._line(typed, mask, limit, empty=empty, fenced=order.fenced)
                empty = False
                replies.append(reply)
                self._log.debug(
                    "host.typed", system=self._system, line=str(typed.line), prompt=reply.prompt, rows=reply.rows
                )
                if not reply.prompt:
                    break
        except (SessionLost, _NoEnd) as fault:
            self._fail(order, step, fault, limit, mask)
        self._leave(order, mask)
        return tuple(replies)

    def _patience(self) -> Patience:
        return Patience(self._within, self._whole)

    def _refuse_unfit(self, order: Order) -> None:
        """Raise BadInput before anything is typed for a line that TSO would not take as one line."""
        for typed in (*order.typed, *order.leave):
            as_string_action(typed.line, self._desk.emulator.codepage)
            text = as_typed(typed.line)
            if len(text) > 1760 or text.rstrip().endswith(CONTINUES):
                raise BadInput("line to type", "at most 1760 characters, not ending in - or +, are expected")

    def _fail(self, order: Order, step: str, fault: SessionLost | _NoEnd, limit: Patience, mask: Mask) -> None:
        """Leave the session behind as well as it goes, and raise what is true of this order."""
        stood = [row.strip() for row in without_quoted(mask.rows(self._seen)) if row.strip()][-SHOWN:]
        why = limit.why or ("" if limit.over else str(fault))  # time ran out only where it did
        if isinstance(fault, SessionLost):
            why = f"the session was lost: {fault}"
        self._log.warning("host.lost", system=self._system, step=step, sent=self._sent, why=str(fault))
        if isinstance(fault, _NoEnd) and not self._desk.emulator.gone:
            self._leave(order, Mask(self._hide))
        self.usable = False
        if self._sent:
            shown = " / ".join(stood)[:MOST_SHOWN] if isinstance(fault, _NoEnd) and len(stood) > 1 else ""
            raise AnswerLost(self._system, step, limit.waited, why, shown) from None
        raise HostUnreached(self._system, f"the session was lost before anything was typed: {fault}") from None

    # --- one line ---------------------------------------------------------------------------------

    def _line(
        self, typed: Typed, mask: Mask, limit: Patience, *, empty: bool = False, fenced: bool = False
    ) -> Reply:  # fmt: skip
        pages = Pages(as_typed(typed.line), 0 if empty else self._clean_screen(), self._indents)
        before, self._sent, self.clean, self._prompt, self._seen = self._sent, True, False, "", ()
        try:
            within = min(limit.left(), FREE_WITHIN)
            answer = self._desk.emulator.do(typed.line, "Enter()", wait_for("Unlock", within), ROWS, within=within)
        except NothingSent:
            self._sent = before
            raise
        screen = from_ascii(answer.data, answer.status) if answer.ok else self._desk.rows()
        prompt = self._read_on(screen, pages, typed.ends, limit)
        if fenced and prompt == READY and not pages.rows():
            prompt = self._fence(pages, typed.ends, limit)
        self._idle = Deadline(timedelta(0))
        self._wipe()
        return Reply(rows=mask.rows(pages.rows()), prompt=prompt if prompt in typed.ends else "")

    def _clean_screen(self) -> int:
        """Return the cell of an empty screen where input goes. A message that comes meanwhile is cleared, too."""
        for _ in range(TRIES):
            if self.clean and self._desk.empty(CLEAR_WITHIN):
                return 0
            screen = still_connected(self._desk.press(*(() if self.clean else ("Clear()",)), within=CLEAR_WITHIN))
            prompted = len(screen.lines) == 1 and tso.prompt_at_end(screen, (self._prompt,), self._indents)
            if screen.status.unlocked and (screen.blank or prompted):
                self.clean = True
                return screen.cursor_cell
            if not screen.status.unlocked:
                self._desk.await_rows(1.0)
            self.clean = False
        raise _NoEnd("something else is on the screen")

    def _wipe(self) -> None:
        """Begin to clear the screen; the answer is there already, so a failure here does not lose it."""
        try:
            self._desk.wipe(CLEAR_WITHIN)
            self.clean = True
        except SessionLost:
            self.usable = False

    # --- the answer -------------------------------------------------------------------------------

    def _read_on(self, screen: Screen, pages: Pages, ends: Sequence[str], limit: Patience) -> str:
        """Collect until a prompt; return its word, "" after a question that was left by attention. Raises _NoEnd."""
        words = tuple(dict.fromkeys((*ends, *self._known)))
        had: tuple[str, ...] = ()
        nudged, ended = False, ""
        while pages.turned <= MOST_PAGES:
            pages.see(still_connected(screen))
            self._seen = screen.lines
            if (rows := pages.rows()) != had:
                had = rows
                limit.heard()
            if ended and screen.status.unlocked:
                if screen.blank:
                    self._prompt = ended
                    pages.end(ended)
                    return ended
                ended = ""
            if word := tso.prompt_at_end(screen, words, self._indents):
                self._prompt = word
                pages.end(word)
                return word
            if limit.over:
                break
            if tso.more_at_end(screen):
                ended = pages.turn(words)
                screen = self._desk.press("Enter()", within=min(limit.left(), FREE_WITHIN))
                continue
            asked = bool(screen.status.unlocked and tso.QUESTION.search(screen.last))
            screen, came = self._desk.await_rows(min(ASKED_AFTER if asked else NUDGE_AFTER, limit.left()))
            if came or not screen.status.unlocked:
                continue
            if asked:
                self._break_out()
                return ""
            if pages.holds(words) and not nudged:
                nudged = True
                screen = self._desk.press("Enter()", within=limit.left())
        raise _NoEnd("no prompt came")

    def _fence(self, pages: Pages, ends: Sequence[str], limit: Patience) -> str:
        """Press ENTER alone, and take what comes ahead of the next prompt for the answer's as well.

        A host answers in turn. Where the prompt was not the answer's, its own comes first now, refusals and all.
        """
        stood, more = self._seen, Pages("", 0, self._indents)
        prompt = self._read_on(self._desk.press("Enter()", within=limit.left()), more, ends, limit)
        rows = more.rows()
        pages.add(rows[len(stood) :] if rows[: len(stood)] == stood else rows)
        return prompt

    def _break_out(self) -> None:
        """Attention, and on to any prompt that we know. Raises _NoEnd."""
        limit = Deadline(min(BREAK_OUT_WITHIN, self._within))
        screen = self._desk.press("Reset()", "PA(1)", within=limit.left())
        heard = screen.lines != self._seen
        while not limit.over:
            if word := tso.prompt_at_end(still_connected(screen), self._known, self._indents):
                self._prompt = word
                return
            if tso.more_at_end(screen):
                screen = self._desk.press("Enter()", within=limit.left())
            else:
                screen, came = self._desk.await_rows(limit.left())
                heard = heard or came
        self.usable, self.silent = False, not heard
        raise _NoEnd("attention brought no prompt")

    # --- before and after -------------------------------------------------------------------------

    def _stand_ready(self) -> bool:
        """See READY on the screen, or an empty one that we left: True then. Raises _NoEnd.

        A message that has come behind READY is passed with Enter.
        """
        if not self.usable:
            raise SessionLost("the session is over")
        if self.clean and self._desk.empty(CLEAR_WITHIN):
            return True
        limit = Deadline(min(BREAK_OUT_WITHIN, self._within))
        screen = still_connected(self._desk.rows())
        while not limit.over:
            if tso.prompt_at_end(screen, (READY,), self._indents) or (
                self.clean and screen.blank and screen.status.unlocked
            ):
                return False
            if not (
                screen.status.unlocked
                and (self.clean or any(tso.is_prompt(row, READY, self._indents) for row in screen.lines))
            ):
                break
            self.clean = False
            screen = still_connected(self._desk.press("Enter()", within=limit.left()))
        self.usable = False
        raise _NoEnd(f"the session is no longer at READY; the screen says: {self._desk.describe(screen)}")

    def _leave(self, order: Order, mask: Mask) -> None:
        """Bring the session back to READY; if that fails it is not used again."""
        try:
            if not self._prompt:
                self._break_out()
            for typed in order.leave:
                if self._prompt == READY:
                    return
                self._line(typed, mask, self._patience())
            if self._prompt != READY:
                self._break_out()
            if not self.clean:
                self._wipe()
        except (SessionLost, _NoEnd):
            self.usable = False
        else:
            self.usable = self.usable and self._prompt == READY


def _as_here(rows: tuple[str, ...], userid: Userid | None, page: str) -> tuple[str, ...]:
    """The userid as it is written here: in another code page it is listed by other characters."""
    shown = national(userid, page) if userid else ""
    if userid is None or shown == userid:
        return rows
    return tuple(row.replace(shown, userid) for row in rows)


def _name_of(typed: Typed) -> str:
    found = COMMAND.match(str(typed.line))
    return found[0] if found else READY
