"""RADIUS against a real FreeRADIUS, and against what sits between us and it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from pyrad import packet

from bridge.compose.judging import judges_found
from bridge.compose.shared import opened, upgrade_database
from bridge.compose.web import web_kit
from bridge.compose.worker import work_kit
from bridge.config.model import Config, RadiusSettings, Site, Storage
from bridge.config.reader import read
from bridge.domain.errors import ConfigFault, FactorUnreached, LinkEnded, NextQuestion, NotDisowned
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.second import Challenge
from bridge.domain.secret import Secret
from bridge.flows.disown import Disowned, disown, takes
from bridge.flows.reveal import reveal
from bridge.observe import elsewhere
from bridge.ports import PersonRecord
from connectors.factors.radius import REPLY_MESSAGE, STATE, WORDS, Radius, alive
from connectors.machine import dice
from connectors.vault import new_key_text
from tests.contract.samples import a_reset
from tests.fakes.kit import house
from tests.fakes.outside import FakeDirectory
from tests.live.radius import NEXT, PIN, SECRET, WRONG, FreeRadius, freeradius, nobody_answers

QUICK = timedelta(milliseconds=300)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeRadius]:
    """One that signs its answers."""
    with freeradius(tmp_path_factory.mktemp("radius")) as made:
        yield made


def judge(settings: RadiusSettings, *people: PersonRecord, secret: str = SECRET) -> Radius:
    return Radius(settings, FakeDirectory(*people), [Secret(secret)] * len(settings.servers))


def reset_of(person: str) -> Reset:
    return a_reset(person=Person(person))


def test_yes_and_no(server: FreeRadius) -> None:
    """The right passcode, a wrong one, and a right one again: the last is the server's business."""
    asked = judge(server.settings())
    assert asked.ask(reset_of("jo"), Secret(PIN), None) is True
    assert asked.ask(reset_of("jo"), Secret(WRONG), None) is False
    assert asked.ask(reset_of("jo"), Secret("ÄÖÜ 123456" * 8), None) is False
    assert asked.ask(reset_of("jo"), Secret(PIN), None) is True


def test_the_name_is_the_one_that_is_configured(server: FreeRadius) -> None:
    """Person, userid, or the directory's address."""
    jo = PersonRecord(person=Person("jo"), name="Jo", email="jo@example.com")
    for name, seen in (("person", "[jo]"), ("userid", f"[{reset_of('jo').userid}]"), ("email", "[jo@example.com]")):
        asked = judge(server.settings(name=name), jo)
        assert asked.offered(reset_of("jo"), jo)
        assert asked.ask(reset_of("jo"), Secret(PIN), None) is True
        assert f"Login OK: {seen}" in server.log
    mute = replace(jo, email=None)
    asked = judge(server.settings(name="email"), mute)
    assert not asked.offered(reset_of("jo"), mute)
    with pytest.raises(FactorUnreached):
        asked.ask(reset_of("jo"), Secret(PIN), None)


def test_a_question_is_answered_with_its_state(server: FreeRadius) -> None:
    """The next tokencode, right and wrong; without the state it would be a first passcode."""
    asked, reset = judge(server.settings()), reset_of("asked")
    for answer, ruling in ((NEXT, True), (PIN, False)):
        question = asked.ask(reset, Secret(PIN), None)
        assert isinstance(question, Challenge)
        assert question.words == "Wait for <b>the next</b> tokencode"
        assert asked.ask(reset, Secret(answer), question.state) is ruling
    assert asked.ask(reset, Secret(NEXT), None) is False


def test_another_secret_is_silence(server: FreeRadius) -> None:
    """A server that shares another secret drops what we send; nothing is a yes or a no."""
    with pytest.raises(FactorUnreached):
        judge(server.settings(tries=1, answer_within=QUICK), secret="another secret").ask(
            reset_of("jo"), Secret(PIN), None
        )


def test_the_next_server_is_asked(
    server: FreeRadius, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is silent, the second speaks; its question is answered there, too. No log has the passcode."""
    caplog.set_level("DEBUG")
    with nobody_answers() as deaf:
        settings = server.settings(deaf, tries=2, answer_within=QUICK)
        asked = judge(settings)
        question = asked.ask(reset_of("asked"), Secret(PIN), None)
        assert isinstance(question, Challenge)
        assert asked.ask(reset_of("asked"), Secret(NEXT), question.state) is True
    said = caplog.text + "".join(capsys.readouterr())
    assert "radius.silent" in said
    assert PIN not in said
    assert NEXT not in said


def test_a_server_that_does_not_sign_is_not_believed(tmp_path: Path) -> None:
    """As FreeRADIUS was before July 2024: its Accept could be a forged Reject, and `check` says what is the matter."""
    with freeradius(tmp_path / "old", signed=False) as old:
        settings = old.settings(tries=1, answer_within=QUICK)
        with pytest.raises(FactorUnreached):
            judge(settings).ask(reset_of("jo"), Secret(PIN), None)
        assert "Login OK: [jo]" in old.log
        assert alive(settings, settings.servers[0], Secret(SECRET)) == (True, False)


def test_check_asks_without_logging_on(server: FreeRadius) -> None:
    """Status-Server: there, and to be believed; with another secret there is no answer."""
    settings = server.settings(tries=1, answer_within=QUICK)
    before = server.log.count("Login")
    assert alive(settings, settings.servers[0], Secret(SECRET)) == (True, True)
    assert alive(settings, settings.servers[0], Secret("another secret")) == (False, False)
    assert server.log.count("Login") == before


def test_check_says_what_it_found(server: FreeRadius, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Well; not to be believed; silent: one line for each server, with what to do."""
    monkeypatch.setenv("RADIUS", SECRET)
    with freeradius(tmp_path / "old", signed=False) as old, nobody_answers() as deaf:
        site = Config(
            path=tmp_path / "resetbridge.yaml",
            site=Site(name="x", base_url="https://reset.example.com"),
            storage=Storage(url="sqlite:///x"),
            keys=(),
            radius=server.settings(old.port, deaf, tries=1, answer_within=QUICK),
        )
        found = [(each.level, each.words) for each in judges_found(site)]
    assert [level for level, _ in found] == ["warn", "warn", "ok"]
    assert "no Message-Authenticator" in found[0][1]
    assert "secret may be wrong" in found[1][1]
    monkeypatch.delenv("RADIUS")
    assert {each.level for each in judges_found(site)} == {"fail"}


def test_a_read_link_is_disowned_with_a_passcode(server: FreeRadius, tmp_path: Path) -> None:
    """PAP, wrong and right; the answer to a challenge, wrong and right: each link ended by its person, few asked."""
    people = FakeDirectory()
    asked = Radius(server.settings(), people, [Secret(SECRET)])
    with house(tmp_path, policy=Policy(factors=("radius",)), enrolled=False, judges={"radius": asked}) as bridge:
        for person, steps in (("js", ()), ("asked", (NEXT,))):
            owner = replace(bridge.directory.people[0], person=Person(person))
            bridge.directory.people[0] = owner
            bridge.ask()
            bridge.work(4)
            for number, step in enumerate((PIN, *steps)):
                attempt = replace(bridge.attempt(step), asked=number > 0)
                with suppress(NextQuestion):
                    reveal(attempt, bridge.web)
            bridge.clock.move(minutes=1)
            assert takes(bridge.attempt(""), bridge.web) == ("radius",)
            with pytest.raises(NotDisowned):
                disown(bridge.attempt(WRONG), bridge.web)
            if steps:
                with pytest.raises(NextQuestion) as question:
                    disown(bridge.attempt(PIN), bridge.web)
                assert question.value.words == "Wait for <b>the next</b> tokencode"
                done = disown(replace(bridge.attempt(NEXT), asked=True), bridge.web)
            else:
                done = disown(bridge.attempt(PIN), bridge.web)
            assert done is Disowned.ENDED
            with pytest.raises(LinkEnded):
                disown(bridge.attempt(PIN), bridge.web)


def test_a_server_with_too_many_before_it_is_not_asked(server: FreeRadius, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is silent would take every thread there is, from every page: who finds no room has used nothing up."""
    monkeypatch.setattr(elsewhere, "TURN", 0.01)
    asked = judge(server.settings())
    with ExitStack() as crowd:
        for _ in range(elsewhere.AT_ONCE):
            assert crowd.enter_context(asked._room.entered())
        with pytest.raises(FactorUnreached, match="too many"):
            asked.ask(reset_of("jo"), Secret(PIN), None)
    assert asked.ask(reset_of("jo"), Secret(PIN), None) is True


# --- who sits in between --------------------------------------------------------------------------


Forge = Callable[[packet.AuthPacket], list[bytes]]


@contextmanager
def in_between(
    forge: Forge,
    seen: list[bytes],
    beside: Callable[[object, packet.AuthPacket], None] = lambda _caller, _request: None,
) -> Iterator[int]:
    """Answers as `forge` says, after what `beside` does. It knows the secret, so that only what a test leaves out is
    missing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                raw, caller = mine.recvfrom(4096)
                if not raw:
                    return
                seen.append(raw)
                request = packet.AuthPacket(packet=raw, secret=SECRET.encode())
                beside(caller, request)
                for answer in forge(request):
                    mine.sendto(answer, caller)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield mine.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", mine.getsockname())
        thread.join(10)


def signed_accept(request: packet.AuthPacket, code: int = packet.AccessAccept, *words: bytes) -> bytes:
    reply = request.CreateReply()
    reply.code = code
    if words:
        reply[REPLY_MESSAGE] = list(words)
    return bytes(reply.ReplyPacket())


def unsigned_accept(request: packet.AuthPacket) -> bytes:
    """What BlastRADIUS makes: a right Response Authenticator, no Message-Authenticator."""
    reply = request.CreateReply(message_authenticator=False)
    reply.code = packet.AccessAccept
    return bytes(reply.ReplyPacket())


def bent_accept(request: packet.AuthPacket) -> bytes:
    """A Message-Authenticator of somebody who does not know the secret."""
    other = packet.AuthPacket(packet=request.raw_packet, secret=b"guessed")
    return signed_accept(other)


@pytest.mark.parametrize("forged", [unsigned_accept, bent_accept, lambda _: b"\x02", lambda _: b"\x02\x01" + bytes(60)])
def test_a_forged_accept_is_no_answer(server: FreeRadius, forged: Callable[[packet.AuthPacket], bytes]) -> None:
    """Nothing is believed, and the honest answer that comes after it still is."""
    seen: list[bytes] = []
    settings = server.settings(tries=1, answer_within=QUICK)
    first = settings.servers[0]
    with in_between(lambda request: [forged(request)], seen) as port:
        alone = replace(settings, servers=(replace(first, port=port),))
        with pytest.raises(FactorUnreached):
            judge(alone).ask(reset_of("jo"), Secret(PIN), None)
    with in_between(lambda request: [forged(request), signed_accept(request)], seen) as port:
        alone = replace(settings, servers=(replace(first, port=port),))
        assert judge(alone).ask(reset_of("jo"), Secret(PIN), None) is True


def test_a_question_without_a_state_is_answered_without_one(server: FreeRadius) -> None:
    """RFC 2865, 5.24: an attribute of no length is none, and a strict server drops the whole request."""
    seen: list[bytes] = []

    def question(request: packet.AuthPacket) -> list[bytes]:
        reply = request.CreateReply()
        reply.code = packet.AccessChallenge
        return [bytes(reply.ReplyPacket())] if len(seen) == 1 else [signed_accept(request)]

    with in_between(question, seen) as port:
        settings = server.settings(tries=1)
        asked = judge(replace(settings, servers=(replace(settings.servers[0], port=port),)))
        challenge = asked.ask(reset_of("jo"), Secret(PIN), None)
        assert isinstance(challenge, Challenge)
        assert asked.ask(reset_of("jo"), Secret(NEXT), challenge.state) is True
    assert STATE not in packet.AuthPacket(packet=seen[1], secret=SECRET.encode())


def test_whatever_it_says_but_yes_is_a_no(server: FreeRadius) -> None:
    """Rightly signed, and a code that answers no log-on at all; of a question no page shows a whole book."""
    settings = server.settings(tries=1)
    said = [
        lambda request: [signed_accept(request, packet.AccountingResponse)],
        lambda request: [signed_accept(request, packet.AccessChallenge, b"\x1b" + b"x" * 249, b"x" * 250, b"x" * 250)],
    ]
    for forge, ruling in zip(said, (False, Challenge("x" * WORDS, Secret("0:"))), strict=True):
        with in_between(forge, []) as port:
            alone = replace(settings, servers=(replace(settings.servers[0], port=port),))
            assert judge(alone).ask(reset_of("jo"), Secret(PIN), None) == ruling


def test_a_question_is_answered_to_who_asked_it(server: FreeRadius) -> None:
    """Another server would take it for a first passcode, and a wrong one: it may lock the token."""
    seen: tuple[list[bytes], list[bytes]] = [], []

    def asks(request: packet.AuthPacket) -> list[bytes]:
        return [signed_accept(request, packet.AccessChallenge, b"And?")]

    with in_between(lambda _: [], seen[0]) as silent, in_between(asks, seen[1]) as speaks:
        settings = server.settings(tries=1, answer_within=timedelta(seconds=2))
        servers = tuple(replace(settings.servers[0], port=port) for port in (silent, speaks))
        asked = judge(replace(settings, servers=servers))
        question = asked.ask(reset_of("jo"), Secret(PIN), None)
        assert asked.ask(reset_of("jo"), Secret("yes"), question.state)
    assert [len(each) for each in seen] == [1, 2]


def test_an_answer_from_elsewhere_is_not_heard(server: FreeRadius) -> None:
    """Signed with the right secret, but from another port, or another address, than what was asked."""
    settings = server.settings(tries=1, answer_within=QUICK)
    seen: list[bytes] = []

    def elsewhere(caller: object, request: packet.AuthPacket) -> None:
        for address in ("127.0.0.1", "127.0.0.2"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.bind((address, 0))
                other.sendto(signed_accept(request), caller)  # type: ignore[call-overload]

    with in_between(lambda _: [], seen, beside=elsewhere) as port:
        alone = replace(settings, servers=(replace(settings.servers[0], port=port),))
        with pytest.raises(FactorUnreached):
            judge(alone).ask(reset_of("jo"), Secret(PIN), None)
    with in_between(lambda request: [signed_accept(request)], seen, beside=elsewhere) as port:
        alone = replace(settings, servers=(replace(settings.servers[0], port=port),))
        assert judge(alone).ask(reset_of("jo"), Secret(PIN), None) is True
    assert len(seen) == 2


def test_sent_again_it_is_the_same_request(server: FreeRadius) -> None:
    """Identifier and authenticator stay, so that a server sees one request; the passcode is not in it as typed."""
    seen: list[bytes] = []
    with in_between(lambda request: [signed_accept(request)] if len(seen) == 3 else [], seen) as port:
        settings = server.settings(tries=3, answer_within=QUICK)
        alone = replace(settings, servers=(replace(settings.servers[0], port=port),))
        assert judge(alone).ask(reset_of("jo"), Secret(PIN), None) is True
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert PIN.encode() not in seen[0]
    assert seen[0][20] == 80, "the Message-Authenticator comes first"


@pytest.mark.parametrize(
    ("text", "first", "later"),
    [("", False, False), ("hello", False, True), ("12345", False, True), ("123456", True, True),
     ("pin12345678", True, True), ("y", False, True), ("1" * 129, False, False), ("é" * 65, False, False),
     ("ab\x00123456", False, False)],
)  # fmt: skip
def test_i10_only_what_could_be_a_passcode_is_a_try(server: FreeRadius, text: str, first: bool, later: bool) -> None:
    """A scanner's word is not; to a question, a person may answer with whatever the protocol carries."""
    asked = judge(server.settings())
    assert asked.shaped(Secret(text), asked=False) is first
    assert asked.shaped(Secret(text), asked=True) is later


# --- as the roles put it together -----------------------------------------------------------------


def test_the_web_role_asks_and_the_worker_cannot(server: FreeRadius, tmp_path: Path) -> None:
    """From the file to the server: the web role reads the secrets, the worker, whom no secret is read for, only knows
    whom it could ask about."""
    for name, text in (("server.key", new_key_text(dice).expose()), ("radius", SECRET), ("sms", "Bearer sesame")):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text + "\n")
    file = tmp_path / "resetbridge.yaml"
    file.write_text(f"""
site: {{name: x, base_url: "https://reset.example.com"}}
storage: {{url: "sqlite:///bridge.db"}}
keys: [{{file: server.key}}]
mail: {{host: localhost, security: none, sender: a@example.com}}
radius:
  servers: [{{host: 127.0.0.1, port: {server.port}, secret: {{file: radius}}}}]
gateway:
  url: https://sms.example.com/send
  body: '{{"to": "{{phone}}", "text": "{{text}}"}}'
  headers: {{Authorization: {{file: sms}}}}
policies: {{standard: {{factors: [radius, phone]}}}}
""")
    config = read(file)
    upgrade_database(config)
    with opened(config) as kept:
        asked = web_kit(kept).judges["radius"]
        assert asked.ask(reset_of("jo"), Secret(PIN), None) is True
        assert web_kit(kept).gateway is not None
        (tmp_path / "radius").unlink()
        (tmp_path / "sms").unlink()
        worker = work_kit(kept, owner="here/W1")
        assert worker.judges["radius"].offered(reset_of("jo"), PersonRecord(person=Person("jo"), name="Jo"))
        with pytest.raises(ConfigFault, match=r"radius\.servers\[0\]\.secret"):
            web_kit(kept)
