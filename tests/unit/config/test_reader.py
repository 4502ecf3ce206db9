"""The reader: what it takes, and what it says of what it does not take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.config.model import Config, SecretRef, ServiceId, Ssh, Tn3270
from bridge.config.reader import read
from bridge.domain.errors import ConfigFault
from tests.unit.config.conftest import GOOD

Reading = Callable[[str], Config]
Faulting = Callable[[str], list[str]]


def test_the_defaults_of_the_model_hold_where_the_file_says_nothing(config: Reading) -> None:
    """What is not written has the model's default, and the policy `standard` is always there."""
    made = config(GOOD)

    assert made.web.listen == "127.0.0.1:8443"
    assert made.policies["standard"].link_ttl == timedelta(hours=24)
    assert isinstance(made.systems["PRODA"].transport, Tn3270)
    assert made.systems["PRODA"].transport.port == 992


@pytest.mark.parametrize("none", ["0", "0h", "0d"])
def test_none_at_all_may_be_written_where_saying_nothing_means_it(config: Reading, faults: Faulting, none: str) -> None:
    """The default, as the handbook writes it; every other duration has to last."""
    policy = "policies: {standard: {%s: %s}}\nstorage:"
    made = config(GOOD.replace("storage:", policy % ("contact_age", none)))

    assert made.policies["standard"].contact_age == timedelta(0)
    assert "link_ttl: a duration is expected" in str(faults(GOOD.replace("storage:", policy % ("link_ttl", none))))


def test_relative_paths_start_at_the_file(config: Reading, tmp_path: Path) -> None:
    """Keys, secrets and the sqlite file are looked for beside the configuration, wherever the command runs."""
    made = config(GOOD)

    assert made.keys == (SecretRef(file=tmp_path / "keys/one.key"),)
    assert made.storage.url == f"sqlite:///{tmp_path}/bridge.db"


def test_the_example_of_the_product_is_taken_and_its_sessions_are_lowered(config: Reading) -> None:
    """Two sessions with one service id are read as one, with a note: TSO has one session of each service id."""
    made = config(GOOD + "    sessions: 2\n")

    assert made.systems["PRODA"].sessions == 1
    assert made.notes[0].startswith("systems.PRODA.sessions: 2 is lowered to 1")


def test_service_ids_may_be_several(config: Reading) -> None:
    """service_ids lists them, each userid in capitals."""
    one, many = "service_id: {userid: RSTBRDG, password: {file: secrets/proda}}", "service_ids: [{0}, {1}]"
    made = config(
        GOOD.replace(one, many.format("{userid: a, password: {file: a}}", "{userid: B, password: {credential: b}}"))
    )

    assert [service.userid for service in made.systems["PRODA"].service_ids] == ["A", "B"]
    assert made.systems["PRODA"].service_ids[1] == ServiceId(
        userid="B", password=SecretRef(credential="b"), rotate="on_expiry"
    )


def test_texts_stay_what_they_are(config: Reading) -> None:
    """Plain YAML turns NO into False, 22:30 into 1350 and 1047 into a number; here they stay texts."""
    made = config(
        GOOD.replace("name: Example Bank mainframe access", "name: NO\n  support: {phone: 22:30}").replace(
            "host: zos.example.com", "host: zos.example.com\n      codepage: 1047"
        )
    )

    assert made.site.name == "NO"
    assert made.site.support.phone == "22:30"
    assert isinstance(made.systems["PRODA"].transport, Tn3270)
    assert made.systems["PRODA"].transport.codepage == "1047"


def test_every_mistake_is_listed_at_once_in_the_order_of_the_file(faults: Faulting) -> None:
    """One run shows all mistakes, each with file, line, key and what is expected."""
    found = faults(
        GOOD.replace("https://reset.example.com", "http://reset.example.com")
        .replace("host: smtp.example.com", "host: smtp.example.com\n  port: 010")
        .replace("      type: tn3270", "      type: tn3270\n      codpage: '1047'")
        + "    policy: strict\n"
    )

    assert found == [
        "resetbridge.yaml:3: site.base_url: https://HOST is expected, without a user, a path or a query",
        "resetbridge.yaml:10: mail.port: a whole number is expected, without leading zeros",
        "resetbridge.yaml:18: systems.PRODA.transport.codpage: no such key; did you mean codepage?",
        "resetbridge.yaml:21: systems.PRODA.policy: the name of a policy is expected: standard",
    ]


OIDC = "issuer: 'https://login.example.com', client_id: x, client_secret: {env: A}"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("sqlite:///bridge.db", "mysql://x", "storage.url: sqlite:///PATH or"),
        ("sqlite:///bridge.db", "postgresql://me:geheim@db/x", "storage.url: no password in here"),
        ("{file: keys/one.key}", "{env: KEY}", "keys: file or credential is expected, never an environment variable"),
        ("{file: keys/one.key}", "geheim", "keys[0]: a secret is never written here"),
        ("{file: secrets/proda}", "geheim", "systems.PRODA.service_id.password: a secret is never written here"),
        ("{file: secrets/proda}", "{file: a, env: geheim}", "service_id.password: a secret is never written here"),
        ("sender: M", "security: none\n  sender: M", "mail.security: starttls or tls is expected; none only towards"),
        ("sender: M", "wrap: required\n  sender: M", "mail.keys: a folder of keys is expected, since wrap is required"),
        ("sender: M", "username: me\n  sender: M", "mail.password: {file: PATH} is expected"),
        ("type: tn3270", "type: telnet", "systems.PRODA.transport.type: tn3270 or ssh is expected"),
        ("type: tn3270", "type: tn3270\n      tls: null", "transport.tls: {ca: PATH, verify: true} is expected"),
        ("type: tn3270", "type: tn3270\n      tls: {verify: false}", "transport.tls.verify: true is expected"),
        ("type: tn3270", "type: ssh", "systems.PRODA.transport.host_key: is missing"),
        ("host: zos.", "host: Y:zos.", "transport.host: a host name or an address"),
        ("userid: RSTBRDG", "userid: RSTBRDGEX", "service_id.userid: a userid is expected: 1 to 8"),
        (
            "product: racf",
            "product: racff",
            "product: racf or acf2 or topsecret or ibmi or unix is expected; did you mean racf?",
        ),
        ("  PRODA:", "  proda:", "systems.proda: a system's name is expected"),
        ("title: P", "patterns: {unknown_usr: x}\n    title: P", "'unknown_usr': unknown_user"),
        ("title: P", "patterns: {unknown_user: '('}\n    title: P", "patterns: a regular expression is expected"),
        ("title: P", "ignore: ['.*']\n    title: P", "this one matches an empty line"),
        ("title: P", "sessions: two\n    title: P", "sessions: a whole number is expected"),
        ("title: P", "resume: yes\n    title: P", "resume: true or false is expected"),
        ("storage:", "web: {listen: '0.0.0.0:8443'}\nstorage:", "web.tls: {certificate: PATH"),
        ("storage:", "policies: {standard: {link_ttl: 48h}}\nstorage:", "link_ttl: at most 24h is expected"),
        ("storage:", "policies: {standard: {attempts: 101}}\nstorage:", "attempts: a whole number from 1 to 100"),
        ("sqlite:///bridge.db", "sqlite:///bridge.db\n  audit_keep: 30d", "audit_keep: at least as long as keep"),
        ("storage:", "policies: {standard: {link_ttl: 90}}\nstorage:", "a duration is expected, like 90s"),
        ("storage:", "policies: {standard: {factors: []}}\nstorage:", "factors: at least 1 is expected"),
        (
            "storage:",
            "policies: {standard: {factors: [sms]}}\nstorage:",
            "factors: totp or release_code or",
        ),
        (
            "storage:",
            "policies: {standard: {factors: [radius]}}\nstorage:",
            "policies.standard.factors: radius is named here, so radius: {servers: …} is expected, too",
        ),
        (
            "storage:",
            "policies: {standard: {factors: [phone]}}\nstorage:",
            "policies.standard.factors: phone is named here, so gateway: {url: …, body: …} is expected, too",
        ),
        (
            "storage:",
            "policies: {standard: {factors: [totp], demand: {required: [phone]}}}\nstorage:",
            "policies.standard.demand.required: a factor that policies.standard.factors names is expected, not phone",
        ),
        (
            "storage:",
            "policies: {standard: {factors: [totp], demand: {at_least: 2}}}\nstorage:",
            "missing: 2 different factors (1 can be had)",
        ),
        (
            "storage:",
            "policies: {standard: {demand: {categories: [knowledge]}}}\nstorage:",
            "missing: a factor that proves knowledge",
        ),
        (
            "storage:",
            "policies: {standard: {demand: {categories: [possesion]}}}\nstorage:",
            "demand.categories: knowledge or possession or inherence or attestation is expected",
        ),
        ("storage:", "policies: {standard: {demand: {categories: 9}}}\nstorage:", "a number from 1 to 4"),
        (
            "storage:",
            "policies: {standard: {demand: {proves: {fax: [knowledge]}}}}\nstorage:",
            "demand.proves: one of totp",
        ),
        ("storage:", "web: {network_v4: 40}\nstorage:", "web.network_v4: a whole number from 8 to 32 is expected"),
        ("storage:", "gateway: {url: 'http://sms.example.com/', body: x}\nstorage:", "gateway.url: https is expected"),
        ("storage:", "gateway: {url: 'https://s.example.com/{code}', body: x}\nstorage:", "{phone} alone is filled in"),
        ("storage:", "gateway: {url: 'https://me@s.example.com/', body: x}\nstorage:", "without a user, blanks or"),
        ("storage:", "gateway: {url: 'https://s.example.com/', body: '{}'}\nstorage:", "or no code would be sent"),
        (
            "storage:",
            "gateway: {url: 'https://s.example.com/', body: '{phone}', proxy: 'http://me:pw@p.example.com:3128'}\nstorage:",
            "gateway.proxy: http://HOST:PORT of a proxy is expected; USER:PASSWORD goes into proxy_login",
        ),
        (
            "storage:",
            "gateway: {url: 'https://s.example.com/', body: '{phone}', proxy: 'p.example.com:3128'}\nstorage:",
            "gateway.proxy: http://HOST:PORT of a proxy is expected",
        ),
        (
            "storage:",
            "gateway: {url: 'http://127.0.0.1/', body: '{phone}{text}', proxy: 'http://p.example.com:80'}\nstorage:",
            "gateway.proxy: an https url is expected",
        ),
        (
            "storage:",
            "gateway: {url: 'https://s.example.com/', body: '{phone}', proxy_login: {env: A}}\nstorage:",
            "gateway.proxy_login: proxy: http://HOST:PORT is expected beside it",
        ),
        (
            "storage:",
            "gateway: {url: 'https://s.example.com/', body: '{phone} {text}'}\nstorage:",
            "gateway.body: JSON is expected",
        ),
        (
            "storage:",
            "gateway: {url: 'https://s.example.com/', body: '{phone}{text}', headers: {Host: {env: A}}}\nstorage:",
            "gateway.headers: names of headers are expected",
        ),
        (
            "storage:",
            f"oidc: {{{OIDC}}}\nstorage:",
            "oidc.required_amr: required_acr, required_amr or required_acrs is",
        ),
        (
            "storage:",
            f"oidc: {{{OIDC}, required_amr: [mfa], proves: {{otp: [possession]}}}}\nstorage:",
            "oidc.proves: a value that is required above is expected, not 'otp'",
        ),
        (
            "storage:",
            f"oidc: {{{OIDC}, required_amr: [mfa], proves: {{mfa: [attestation]}}}}\nstorage:",
            "oidc.proves: knowledge or possession or inherence is expected",
        ),
        ("storage:", f"oidc: {{{OIDC.replace('https', 'http')}}}\nstorage:", "oidc.issuer: https://HOST is expected"),
        ("storage:", f"oidc: {{{OIDC}, scopes: [profile]}}\nstorage:", "oidc.scopes: openid is expected among them"),
        ("storage:", f"oidc: {{{OIDC}, claim: email}}\nstorage:", "email is expected among them, since claim is email"),
        ("storage:", f"oidc: {{{OIDC}, name: nick}}\nstorage:", "oidc.name: person or email or userid is expected"),
        ("storage:", f"oidc: {{{OIDC}, max_age: 7d}}\nstorage:", "oidc.max_age: at most 12h is expected"),
        ("storage:", "oidc: {client_secret: abc}\nstorage:", "oidc.client_secret: a secret is never written here"),
        (
            "storage:",
            "policies: {standard: {factors: [oidc]}}\nstorage:",
            "policies.standard.factors: oidc is named here, so oidc: {issuer: …} is expected, too",
        ),
        ("storage:", "radius: {servers: []}\nstorage:", "radius.servers: at least 1 is expected"),
        ("storage:", "radius: {servers: [{host: r, secret: abc}]}\nstorage:", "a secret is never written here"),
        ("mail:", "site: {}\nmail:", "site: stands here twice; the first is in line 1"),
        ("name: Ex", "name: &a Ex", "site.name: anchors (&) are not used here"),
        ("name: Ex", "name: !!str Ex", "site.name: tags (!) are not used here"),
        ("name: Ex", "name: *a #", "site.name: a value is expected; aliases (*) are not used here"),
        ("  name: Ex", "\tname: Ex", "2: not YAML: a tab indents this line"),
        ("keys:", "--- \nkeys:", "one document is expected"),
        ("name: Example Bank mainframe access", "name:", "site.name: a value is expected, nothing stands here"),
    ],
)
def test_a_mistake_is_named_with_what_is_expected(faults: Faulting, before: str, after: str, said: str) -> None:
    """Each kind of mistake has a sentence of its own, and what may be a secret is not repeated."""
    found = faults(GOOD.replace(before, after, 1))

    assert any(said in fault for fault in found), found
    assert "geheim" not in "".join(found)


SCREENS = """\
      host: zos.example.com
      logon:
        screens:
          - {expect: EXAMPLE MANAGER, field: "USER *=+>", send: "{userid}", key: ENTER}
          - {expect: EXAMPLE MANAGER, field: "PASSWORD *=+>", send: "{password}"}
"""


def test_a_sign_on_meets_what_its_provider_is_known_to_prove(config: Reading) -> None:
    """Two categories in one log-on, where the site says so."""
    says = f"oidc: {{{OIDC}, required_amr: [mfa], proves: {{mfa: [knowledge, possession]}}}}"
    policy = "policies: {standard: {factors: [oidc], demand: {categories: 2}}}"
    made = config(GOOD.replace("storage:", f"{says}\n{policy}\nstorage:"))
    assert made.policies["standard"].demand.met(["oidc"])


def test_a_screen_of_the_site_names_field_send_and_key(config: Reading) -> None:
    """All that the transport can do can be written down."""
    made = config(GOOD.replace("      host: zos.example.com\n", SCREENS)).systems["PRODA"].transport

    assert isinstance(made, Tn3270)
    assert made.logon.screens[1] == {"expect": "EXAMPLE MANAGER", "field": "PASSWORD *=+>", "send": "{password}"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{expect: X, send: "L {password}", field: P}', "send: '{password}' alone"),
        ('{expect: X, send: "{password}"}', "send: '{password}' alone"),
        ("{expect: X, key: PF25}", "PF1 to PF24"),
        ("{expect: X, send: Y, field: '('}", "a regular expression is expected"),
        ('{expect: "{userid}", send: Y}', "what the screen itself says"),
        ("{expect: X}", "expect: TEXT with send: TEXT or key: KEY"),
    ],
)
def test_a_screen_that_would_not_work_is_refused(faults: Faulting, written: str, expected: str) -> None:
    """A password beside other text, an unknown key, a label that does not compile."""
    text = f"      host: zos.example.com\n      logon: {{screens: [{written}]}}\n"
    found = faults(GOOD.replace("      host: zos.example.com\n", text))

    assert len(found) == 1
    assert expected in found[0]


def test_an_ssh_system_pins_its_host_key(config: Reading) -> None:
    """One host key may stand alone, without a list around it; a key instead of a password will do."""
    key = "ssh-ed25519 " + "A" * 68
    made = config(
        GOOD.replace("type: tn3270", f"type: ssh\n      host_key: {key}\n      key: {{file: id}}").replace(
            ", password: {file: secrets/proda}", ""
        )
    )

    transport = made.systems["PRODA"].transport
    assert isinstance(transport, Ssh)
    assert transport.host_key == (key,)


def test_a_missing_file_says_what_writes_one(tmp_path: Path) -> None:
    """No file: the sentence names `init` and --config."""
    with pytest.raises(ConfigFault, match=r"no such file; `resetbridge init DIR` writes one"):
        read(tmp_path / "none.yaml")


def test_an_empty_file_is_a_fault_with_words(faults: Faulting) -> None:
    """An empty file does not pass for an empty configuration."""
    assert faults("# nothing\n") == [
        "resetbridge.yaml:1: the file is empty; `resetbridge init DIR` writes one to begin with"
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD) - 1), st.text(max_size=3), st.integers(0, 12))
def test_whatever_is_typed_gives_a_configuration_or_faults(tmp_path: Path, at: int, put: str, cut: int) -> None:
    """No slip of the keyboard makes the reader raise anything but a ConfigFault that names the file."""
    file = tmp_path / "resetbridge.yaml"
    file.write_bytes((GOOD[:at] + put + GOOD[at + cut :]).encode("utf-8", "surrogatepass"))
    try:
        assert read(file).path == file
    except ConfigFault as fault:
        assert fault.faults
        assert all(line.startswith(str(file)) for line in fault.faults)


def test_rotation_is_refused_over_ssh_and_bent_where_two_systems_would_differ(
    config: Reading, faults: Callable[[str], list[str]]
) -> None:
    """By default on_expiry, over ssh never; another system with the same service id would keep the old one."""
    plain = "service_id: {userid: RSTBRDG, password: {file: secrets/proda}}"
    asked = GOOD.replace(plain, plain.replace("}}", "}, rotate: by_age, rotate_every: 60d}"))
    assert config(GOOD).systems["PRODA"].service_ids[0].rotates == "on_expiry"
    never = GOOD.replace(plain, plain.replace("}}", "}, rotate: never}"))
    assert config(never).systems["PRODA"].service_ids[0].rotates == "never"
    assert config(asked).systems["PRODA"].service_ids[0].rotate_every == timedelta(days=60)
    twin = asked[asked.index("  PRODA:") :].replace("PRODA", "PRODB").replace("zos.", "zosb.")
    both = config(asked + twin + "    shares_database_with: [PRODA]\n")
    assert {made.service_ids[0].rotate for made in both.systems.values()} == {"never"}
    assert "rotate of RSTBRDG is taken as never: PRODB logs on with it as well" in "".join(both.notes)
    assert {made.service_ids[0].rotate for made in config(asked + twin).systems.values()} == {"by_age"}
    silent = config(
        GOOD + twin.replace(", rotate: by_age, rotate_every: 60d", "") + "    shares_database_with: [PRODA]\n"
    )
    assert {made.service_ids[0].rotates for made in silent.systems.values()} == {"never"}
    assert silent.notes == config(GOOD).notes
    plain_twin = twin.replace(", rotate: by_age, rotate_every: 60d", "")
    namesakes = config(GOOD + plain_twin)  # they may share a database: not too early
    other = config(GOOD + plain_twin.replace("userid: RSTBRDG", "userid: RSTBRDH"))
    for found, days in ((namesakes, -1), (other, 5)):
        ids = [made.service_ids[0] for made in found.systems.values()]
        assert {(each.rotates, each.rotate_ahead) for each in ids} == {("on_expiry", timedelta(days=days))}
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfxp2RzV7GwSrcFiwvSyYzGQBJ0F+CEDf2hXGlkYgPx"
    said = faults(asked.replace("type: tn3270", f'type: ssh\n      host_key: "{key}"'))
    assert "never is expected over ssh" in "".join(said)
    over_ssh = GOOD.replace("type: tn3270", f'type: ssh\n      host_key: "{key}"')
    assert config(over_ssh).systems["PRODA"].service_ids[0].rotates == "never"


def test_a_session_manager_is_known_by_all_service_ids_or_by_none_and_over_3270_alone(
    config: Reading, faults: Callable[[str], list[str]]
) -> None:
    """Its userid keeps its case. One service id of two without it, and a system over ssh with it, are refused."""
    plain = "service_id: {userid: RSTBRDG, password: {file: secrets/proda}}"
    gate = "session_manager: {userid: Agt-0417, password: {file: secrets/gate}}"
    known = plain.replace("}}", "}, GATE}").replace("GATE", gate)
    found = config(GOOD.replace(plain, known)).systems["PRODA"].service_ids[0].session_manager
    assert found is not None and found.userid == "Agt-0417"
    two = "service_ids: [{userid: A, password: {file: a}, " + gate + "}, {userid: B, password: {file: b}}]"
    words = "service_id.session_manager: {userid, password} is expected at each service id of the system, or at none"
    assert words in "".join(faults(GOOD.replace(plain, two)))
    other = "\n    privileged_service_id: {userid: PRIV, password: {file: b}}"
    assert words in "".join(faults(GOOD.replace(plain, known + other)))
    assert "1 to 64 characters without a blank is expected" in "".join(
        faults(GOOD.replace(plain, known.replace("Agt-0417", '"AGT 0417"')))
    )
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfxp2RzV7GwSrcFiwvSyYzGQBJ0F+CEDf2hXGlkYgPx"
    over_ssh = GOOD.replace(plain, known).replace("type: tn3270", f'type: ssh\n      host_key: "{key}"')
    assert "service_id.session_manager: null is expected: over ssh there is none" in "".join(faults(over_ssh))
