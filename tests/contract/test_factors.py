"""Second factors over the real store and vault: what is right is right once, and nothing else is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from bridge.domain.errors import VaultLocked
from bridge.domain.names import Person
from bridge.domain.oath import Oath, seed_of
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State
from bridge.domain.second import STEP, seed_label
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, Factor
from connectors.factors import factors
from connectors.factors.release_code import ReleaseCode
from connectors.factors.totp import Totp
from connectors.store.engine import SqlStore
from connectors.vault import KeyRing
from tests.contract.samples import NOW, a_reset, add, after

BASE = "https://reset.example.com"
SEED, CODE = Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), Secret("12345678")
POLICY = Policy()


def enrol(store: SqlStore, ring: KeyRing, factor_id: str = "F1", person: str = "jo", seed: Secret = SEED) -> None:
    """An authenticator app of a person, or a token."""
    made = Enrolled(
        id=factor_id, person=Person(person), kind="totp", label="app",
        seed=ring.seal_seed(seed, seed_label(person, factor_id)), added_at=NOW, added_by="x",
    )  # fmt: skip
    with store.work() as work:
        work.people.add_factor(made)


def code_at(at: datetime) -> Secret:
    """What the app shows."""
    return Secret(str(pyotp.TOTP(SEED.expose()).generate_otp(int(at.timestamp()) // STEP)))


def accepted(store: SqlStore, factor: Factor, reset: Reset, answer: Secret, at: datetime) -> bool:
    """Judge in a transaction of its own."""
    with store.work() as work:
        return factor.accepts(reset, POLICY, answer, at, work)


@pytest.fixture
def totp(ring: KeyRing) -> Factor:
    """The authenticator app's factor."""
    return factors(ring, BASE)["totp"]


@pytest.fixture
def spoken(ring: KeyRing) -> Factor:
    """The release code's factor."""
    return factors(ring, BASE)["release_code"]


@pytest.fixture
def published(store: SqlStore, ring: KeyRing) -> Reset:
    """A reset whose mail has just been accepted, with a release code."""
    reset = a_reset(state=State.PUBLISHED)
    with store.work() as work:
        add(work, reset)
        work.links.set_code(reset.id, ring.tag(f"release_code:{reset.id}", CODE))
    return reset


RFC = {
    "SHA1": b"12345678901234567890",
    "SHA256": b"12345678901234567890123456789012",
    "SHA512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
"""RFC 6238, appendix B with erratum 2866: the shared secrets. Its codes have eight digits; the last six are ours."""


@pytest.mark.parametrize(
    ("seconds", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_codes_are_those_of_rfc_6238(
    store: SqlStore, ring: KeyRing, published: Reset, seconds: int, sha1: str, sha256: str, sha512: str
) -> None:
    """Appendix B, each time and algorithm: taken in its step and the next one, once; not before, nor later."""
    at, totp = datetime.fromtimestamp(seconds, UTC), Totp(ring)
    for (algorithm, secret), code in zip(RFC.items(), (sha1, sha256, sha512), strict=True):
        answer = Secret(code[-6:])
        oath = Oath(seed=seed_of(secret.hex(), hexadecimal=True), algorithm=algorithm)
        assert totp.step(oath.kept, answer, at) == seconds // 30
        enrol(store, ring, algorithm, seed=oath.kept)
        begins = at - timedelta(seconds=seconds % 30)
        early = [(-1, False)] if seconds > 59 else []  # the step before that one would be before all time
        for away, taken in (*early, (60, False), (59, True), (0, False)):
            judged = accepted(store, totp, published, answer, begins + timedelta(seconds=away))
            assert judged is taken, (algorithm, away)


def test_a_token_s_minute_is_its_own(store: SqlStore, ring: KeyRing, published: Reset) -> None:
    """Its code holds for this minute and the next, and a slow one's delay is told in its own steps."""
    oath = Oath(seed=SEED, algorithm="SHA512", step=60)
    enrol(store, ring, seed=oath.kept)
    begins = NOW.replace(second=0)
    code = Secret(pyotp.TOTP(SEED.expose(), digest=hashlib.sha512, interval=60).at(begins))
    totp = Totp(ring)
    for minutes, taken in ((4, timedelta(minutes=-4)), (-4, timedelta(minutes=4)), (6, None)):
        with store.look() as work:
            assert totp.off(published, code, begins + timedelta(minutes=minutes), work) == taken
    assert not accepted(store, totp, published, code, begins + timedelta(seconds=120))
    assert accepted(store, totp, published, code, begins + timedelta(seconds=119))


@pytest.mark.parametrize("kind", ["totp", "release_code"])
def test_i5_a_right_answer_is_accepted_once(kind: str, store: SqlStore, ring: KeyRing, published: Reset) -> None:
    """I5: the same answer, right a moment ago, is wrong the second time; blanks and hyphens do no harm."""
    enrol(store, ring)
    factor = factors(ring, BASE)[kind]
    text = (code_at(NOW) if kind == "totp" else CODE).expose()
    answer = Secret(f" {text[:3]} {text[3:5]}-{text[5:]} ")

    with store.look() as work:
        assert factor.offered(published, NOW, work)
    assert factor.shaped(answer)
    assert accepted(store, factor, published, answer, NOW)
    assert not accepted(store, factor, published, answer, NOW)


@pytest.mark.parametrize("kind", ["totp", "release_code"])
@pytest.mark.parametrize("text", ["", " ", "1234567", "123456789", "12345a", "一二三四五六", "1" * 5000])
def test_what_has_not_the_shape_is_no_answer(
    kind: str, text: str, store: SqlStore, ring: KeyRing, published: Reset
) -> None:
    """Neither shaped nor accepted: too short, too long, letters, numerals that are no digits."""
    enrol(store, ring)

    assert not factors(ring, BASE)[kind].shaped(Secret(text))
    assert not accepted(store, factors(ring, BASE)[kind], published, Secret(text), NOW)


@pytest.mark.parametrize("kind", ["totp", "release_code"])
def test_nothing_is_offered_where_nothing_is_there(kind: str, store: SqlStore, ring: KeyRing) -> None:
    """A person without an app, a reset without a code: not offered, and every answer is wrong."""
    reset = a_reset(state=State.PUBLISHED)
    with store.work() as work:
        add(work, reset)
        assert not factors(ring, BASE)[kind].offered(reset, NOW, work)
    assert not accepted(store, factors(ring, BASE)[kind], reset, code_at(NOW), NOW)
    assert not accepted(store, factors(ring, BASE)[kind], reset, CODE, NOW)


@pytest.mark.parametrize(("seconds", "right"), [(-30, True), (0, True), (30, False), (-60, False)])
def test_the_current_and_the_previous_step_are_right(
    seconds: int, right: bool, store: SqlStore, ring: KeyRing, totp: Factor
) -> None:
    """A slow typist is let in, a clock that runs ahead is not."""
    enrol(store, ring)

    assert accepted(store, totp, a_reset(), code_at(after(seconds=seconds)), NOW) is right


@pytest.mark.parametrize("seconds", [-330, -300, -60, -30, 0, 30, 300, 330])
def test_a_clock_that_is_off_is_told_from_a_guess(seconds: int, store: SqlStore, ring: KeyRing) -> None:
    """Up to five minutes either way, of one's own app; not of a code that is right, of somebody else's, or was used."""
    enrol(store, ring)
    apps, code, wanted = Totp(ring), code_at(after(seconds=seconds)), timedelta(seconds=seconds)
    told = None if seconds in {-30, 0} or abs(seconds) > 300 else wanted
    with store.work() as work:
        assert apps.off(a_reset(), code, NOW, work) == told
        assert apps.off(a_reset(person=Person("eve")), code, NOW, work) is None
        assert apps.off(a_reset(), CODE, NOW, work) is None
        assert work.people.use_step("F1", int(NOW.timestamp()) // STEP)
        assert apps.off(a_reset(), code, NOW, work) == (told if seconds > 0 else None)


def test_i5_an_earlier_step_is_refused_after_a_later_one(store: SqlStore, ring: KeyRing, totp: Factor) -> None:
    """I5: once the current code was used, the previous one, seen over a shoulder, is worth nothing."""
    enrol(store, ring)
    reset = a_reset()

    assert accepted(store, totp, reset, code_at(NOW), NOW)
    assert not accepted(store, totp, reset, code_at(after(seconds=-30)), NOW)
    assert accepted(store, totp, reset, code_at(after(seconds=30)), after(seconds=30))


def test_each_of_two_apps_counts(store: SqlStore, ring: KeyRing, totp: Factor) -> None:
    """A person with two apps of the same moment passes once with each, and nobody else passes at all."""
    enrol(store, ring, "F1")
    enrol(store, ring, "F2")

    assert accepted(store, totp, a_reset(), code_at(NOW), NOW)
    assert accepted(store, totp, a_reset(), code_at(NOW), NOW)
    assert not accepted(store, totp, a_reset(), code_at(NOW), NOW)
    assert not accepted(store, totp, a_reset(person=Person("eve")), code_at(after(seconds=30)), after(seconds=30))
    assert not accepted(store, totp, a_reset(person=None), code_at(after(seconds=30)), after(seconds=30))


def test_a_seed_moved_to_another_person_does_not_open(store: SqlStore, ring: KeyRing, totp: Factor) -> None:
    """Whoever writes to the database cannot give their own app to somebody else."""
    seed = ring.seal_seed(SEED, seed_label("eve", "F1"))
    made = Enrolled(id="F1", person=Person("jo"), kind="totp", label="app", seed=seed, added_at=NOW, added_by="x")
    with store.work() as work:
        work.people.add_factor(made)

    with pytest.raises(VaultLocked):
        accepted(store, totp, a_reset(), code_at(NOW), NOW)


def test_a_release_code_ends_with_its_time(store: SqlStore, spoken: Factor, published: Reset) -> None:
    """Right until release_code_ttl after the mail's acceptance, not later; too early or too late spends nothing."""
    end = NOW + POLICY.release_code_ttl

    assert not accepted(store, spoken, replace(published, state=State.CHANGING), CODE, NOW)
    assert not accepted(store, spoken, published, CODE, end)
    assert not accepted(store, spoken, published, CODE, NOW - timedelta(seconds=1))
    assert accepted(store, spoken, published, CODE, end - timedelta(seconds=1))


def test_a_release_code_that_came_too_late_is_told_from_a_guess(
    store: SqlStore, ring: KeyRing, published: Reset
) -> None:
    """From its end on, by how much; before, of a guess, in another state or once it is used up: nothing."""
    codes, end = ReleaseCode(ring), NOW + POLICY.release_code_ttl

    def overdue(answer: Secret, at: datetime, reset: Reset = published) -> timedelta | None:
        with store.look() as work:
            return codes.overdue(reset, POLICY, answer, at, work)

    assert overdue(CODE, end) == timedelta(0)
    assert overdue(Secret("1234 5678"), end + timedelta(minutes=5)) == timedelta(minutes=5)
    assert overdue(CODE, end - timedelta(seconds=1)) is None
    assert overdue(Secret("87654321"), end) is None
    assert overdue(Secret("123456"), end) is None
    assert overdue(CODE, end, replace(published, state=State.QUEUED)) is None
    with store.work() as work:
        work.links.drop_code(published.id)
    assert overdue(CODE, end) is None


def test_a_release_code_is_its_own_resets(store: SqlStore, ring: KeyRing, spoken: Factor, published: Reset) -> None:
    """The tag of one reset, copied to another row, opens nothing there; a wrong code spends nothing."""
    other = a_reset("OTHER", state=State.PUBLISHED)
    with store.work() as work:
        add(work, other)
        work.links.set_code(other.id, work.links.code(published.id) or "")

    assert not accepted(store, spoken, other, CODE, NOW)
    assert not accepted(store, spoken, published, Secret("87654321"), NOW)
    assert accepted(store, spoken, published, CODE, NOW)
