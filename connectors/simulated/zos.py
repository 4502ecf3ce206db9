"""A simulated z/OS: TSO with RACF, ACF2 or Top Secret behind a TN3270 port, in a thread of its own.

users = UserDatabase()
users.define("SVCRST1", password="SERVICE1")
users.permit("IRR.PASSWORD.RESET", "SVCRST1")
with SimulatedZos("racf", users=users) as zos:
    connect_to(zos.host, zos.port)
"""

import asyncio
import ssl
from collections.abc import Coroutine
from dataclasses import replace
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Literal, Self

from connectors.simulated.clock import Clock
from connectors.simulated.codepages import host_page
from connectors.simulated.connection import Connection
from connectors.simulated.conversation import Conversation
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.line import LineLost
from connectors.simulated.options import HostOptions
from connectors.simulated.session import Session
from connectors.simulated.system import System
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Lines, Witness

LOOPBACK: Final = "127.0.0.1"
START_SECONDS: Final = 10.0


class SimulatedZos:
    """Start it, or use it in a `with` statement. `port=0` takes a free one; `port` then says which.

    The database's settings are given the product and the system name of this host. Faults may be armed at any time.
    """

    def __init__(
        self,
        product: Literal["racf", "acf2", "topsecret"] = "racf",
        *,
        users: UserDatabase,
        tls: ssl.SSLContext | None = None,
        host: str = LOOPBACK,
        port: int = 0,
        options: HostOptions | None = None,
        faults: Faults | None = None,
        witness: Witness | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.users, self.options = users, options or HostOptions()
        self.faults, self.witness = faults or Faults(), witness
        users.settings = replace(users.settings, product=product, system=self.options.system)
        self._tls = tls
        page = host_page(self.options.codepage)
        self._system = System(users, self.options, self.faults, clock or users.clock, page, witness)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name=f"simulated-{product}", daemon=True)
        self._ready, self._failure = Event(), list[BaseException]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._conversations: dict[str, Conversation] = {}
        self._server: asyncio.Server | None = None

    def start(self) -> Self:
        """Begin to listen. Raises OSError where the port is taken."""
        if self.witness is not None:
            self.users.watch(self.witness.password_set)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the simulated host did not start")
        if self._failure:
            self._thread.join()
            raise self._failure[0]
        return self

    def stop(self) -> None:
        """Cut every line, end the thread and release the port."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            if self.witness is not None:
                self.users.unwatch(self.witness.password_set)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def typed(self) -> Lines:
        """Every command run so far. Raises LookupError without a witness."""
        return self._witness().typed

    @property
    def passwords_ever_set(self) -> list[str]:
        return self._witness().passwords_ever_set

    def accepts(self, userid: str, password: str) -> bool:
        """Say whether this is the user's password now, expired or not."""
        return self.users.accepts(userid, password)

    def hang_up_before(self, matching: str, *, times: int | None = 1) -> None:
        self.faults.arm(Fault.DROP_BEFORE, matching, times=times)

    def hang_up_after(self, matching: str, *, times: int | None = 1) -> None:
        self.faults.arm(Fault.DROP_AFTER, matching, times=times)

    def sessions(self) -> list[Session]:
        """Return the live TSO sessions, those that wait for RECONNECT included."""
        return self._system.sessions()

    def send(self, userid: str, message: str, *, sender: str = "CN(01)") -> bool:
        """SEND a message to a user at a terminal; False where there is none."""
        return bool(self._call(self._send(userid.upper(), f"{message} {sender}")))

    def cancel(self, userid: str) -> bool:
        """CANCEL a user, as an operator does: session and line are gone; False where there is no session."""
        session = self._system.find(userid.upper(), self._system.clock())
        if session is None:
            return False
        self._system.end(session)
        self._call(self._cut_one(session.userid))
        return True

    def cut_lines(self) -> None:
        """Drop every connection, as a network does; sessions stay behind."""
        self._call(self._cut())

    def _witness(self) -> Witness:
        if self.witness is None:
            raise LookupError("this host was started without a witness")
        return self.witness

    async def _send(self, userid: str, message: str) -> bool:
        conversation = self._conversations.get(userid)
        if conversation is None:
            return False
        await conversation.send(message)
        return True

    async def _cut_one(self, userid: str) -> None:
        conversation = self._conversations.get(userid)
        if conversation is not None:
            conversation.hang_up()

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)

    def _run(self) -> None:
        """The thread: listen, run until stopped, tidy up."""
        asyncio.set_event_loop(self._loop)
        try:
            self._server = self._loop.run_until_complete(asyncio.start_server(self._accept, self.host, self.port))
            self.port = self._server.sockets[0].getsockname()[1]
            self._ready.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._close())
        except OSError as failure:
            self._failure.append(failure)
            self._ready.set()
        finally:
            self._loop.close()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _ in range(3):
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            await Connection(self._system, reader, writer, self._note).run(self._tls)
        except (LineLost, OSError, ssl.SSLError):
            writer.close()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._writers.discard(writer)

    def _note(self, userid: str, conversation: Conversation | None) -> None:
        if conversation is None:
            self._conversations.pop(userid, None)
        else:
            self._conversations[userid] = conversation
