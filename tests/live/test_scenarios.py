"""Each scenario of `simulate`, met by the product's own flows through a real s3270: what becomes of one reset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.compose.begin import begin
from bridge.compose.shared import Opened, opened, upgrade_database
from bridge.compose.simulate import Ports, simulated
from bridge.compose.worker import make_host, work_kit
from bridge.config.reader import read
from bridge.domain.policy import Caller, Role
from bridge.domain.reset import Reset
from bridge.flows.ask import Ask, ask
from bridge.flows.change import change
from bridge.flows.take import held, take
from bridge.ports import Host, WebKit, WorkKit
from connectors.hosts.circuit import Circuit
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.transports.tso import place_of
from connectors.machine import read_secret
from connectors.simulated.scenarios import MANAGER, SCENARIOS, UNKNOWN_MENU
from tests.fakes.outside import FakeClock, FakeMail
from tests.live.tn3270_wires import KeepingLog

AGENT = Caller(name="agent", roles=frozenset({Role.AGENT}), source="127.0.0.1")
LIMITS = "connect_within: 4s, logon_within: 12s, answer_within: 3s, reconnect_wait: 1s, "
PEOPLE = (
    "person,name,email,phone,language,manager,groups,accounts\n"
    "pat,Pat Rollins,pat@example.com,,en,,,"
    "SIMRACF:PAYROLL7;SIMACF2:PAYROLL7;SIMTSS:PAYROLL7;SIMSSH:PAYROLL7;SIMACFH:PAYROLL7;SIMTSSH:PAYROLL7\n"
)
TURNS = 2
AS_ORDINARY = ("panel-logon", "prompt", "no-mixed-case")  # names for what ordinary is
BY_ITSELF = ("slow", MANAGER, UNKNOWN_MENU, *(f"{MANAGER}-{how}" for how in ("slow", "renews", "refuses-elsewhere")),
             "cut-at-password", "always-cut-at-password", "piecemeal")  # fmt: skip
"""Takes minutes; needs a dialog of its own, see test_session_manager; waits its limit, see test_tn3270_simulated, where
piecemeal is as well; needs a dialog, or more than one logon, see test_held."""

OF_THE_TERMINAL = (
    "codepage", "german-panel", "model", "formatted-logo", "no-logo", "ispf", "classic", "cut-at-logoff", "lu-refused",
    "logon-or-logoff", "wrong-name", "expired-certificate", "unknown-authority", "tso-full", "screen-lost",
)  # fmt: skip
"""Met ahead of any security product, by the same code for each."""
OF_OTHERS = ("acf2-logon", "two-attribute-lines", "no-record-after-change", "reconnect", "already-logged-on")
OVER_SSH = (
    "ordinary", "flag-ignored", "change-ignored", "half-done", "ended-badly", "not-authorized", "unknown", "privileged",
    "protected", "suspended", "two-screens",
)  # fmt: skip
"""What a product says for itself, with a helper in between."""
BY_ANY_HELPER = (
    "lost-answer", "lost-command", "frozen", "frozen-after", "wrong-service-password", "expired-service-password",
    "revoked-service-id", "silent", "mixed-case", "specials",
)  # fmt: skip


def _cases() -> Iterator[tuple[str, str]]:
    for name in SCENARIOS:
        if name.startswith("ssh-"):
            yield name, "SIMSSH"
        elif name not in BY_ITSELF:
            yield name, "SIMRACF"
            if not name.startswith(("codepage", "german-panel", *AS_ORDINARY)):
                yield name, "SIMACF2"
            if not name.startswith((*OF_THE_TERMINAL, *OF_OTHERS, *AS_ORDINARY)):
                yield name, "SIMTSS"
    for name in OVER_SSH:
        for system in ("SIMSSH", "SIMACFH", "SIMTSSH"):
            yield name, system
    for name in BY_ANY_HELPER:
        yield name, "SIMTSSH"


CASES = list(_cases())

ONCE = ("published", "")
TWICE = ("published at try 2", "")
"""The answer was lost: only a look at the profile could tell, and a new password was set."""
EXPECTED: dict[str, tuple[str, str]] = {
    "lost-answer": TWICE,
    "lost-command": TWICE,
    "frozen": ("queued", "no answer to (ALTUSER|CHANGE|TSS REPLACE) within"),
    "frozen-after": TWICE,
    "message": ("failed, unexpected_answer", "SYSTEM WILL BE DO"),
    "closes-after-ready": ("queued", "no answer to PROFILE, right after logon"),
    "flag-ignored": ("failed, first_use_ignored", ""),
    "change-ignored": ("failed, not_proven", ""),
    "not-authorized": ("failed, not_authorized", ""),
    "ready-first": ("failed, not_authorized", "ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD"),
    "half-done": ("failed, not_authorized", "ICH21005I NOT AUTHORIZED TO SPECIFY RESUME"),
    "ended-badly": ("failed, unexpected_answer", "IKJ56641I .* ENDED DUE TO ERROR"),
    "unknown": ("failed, unknown_user", "UNABLE TO LOCATE|NOT FOUND"),
    "privileged": ("failed, not_authorized", "ICH30002I"),
    "protected": ("failed, protected_user", ""),
    "suspended": ("failed, suspended_by_administrator", ""),
    "language-stays": ("failed, unexpected_answer", "KENNWORTDATUM="),
    "wrong-service-password": ("failed, service_id_rejected", "NOT AUTHORIZED FOR USERID|NOT MATCHED"),
    "expired-service-password": ("failed, service_id_rejected", "EXPIRED"),
    "revoked-service-id": ("failed, service_id_rejected", "REVOKED|SUSPENDED"),
    "already-logged-on": ("queued", "RSTBRDG is logged on elsewhere"),
    "tso-full": ("queued", "IKT00201I MAXIMUM USERS"),
    "silent": ("queued", "no answer to the TLS handshake"),
    "silent-session": ("queued", "does not finish the TN3270 negotiation"),
    "lu-refused": ("queued", "it may not give the LU names LUSIM01"),
    "wrong-name": ("queued", "certificate is for another name than localhost"),
    "expired-certificate": ("queued", "the certificate has expired"),
    "unknown-authority": ("queued", "the certificate's CA is unknown"),
}
SAME_MINUTE = ("queued", "PSWD-TOD is .* as before: nothing was set, or within the same minute")
"""PSWD-TOD has no seconds: a change right after a change cannot be told from none before the minute is over."""
ACF2_ALONE = {
    **dict.fromkeys(("lost-answer", "frozen-after", "change-ignored"), SAME_MINUTE),
    "ready-first": ONCE,  # it is told what to do by CHANGE
    "half-done": ONCE,  # a CHANGE is made whole or not at all
    "privileged": ("failed, privileged_user", "SECURITY"),
    "language-stays": ONCE,  # a logonid's fields have names of no language
}
TSS_ALONE = {
    # TSS0300I says that it was done, and the date of before says that it was set without EXP, for all that is known
    "change-ignored": ("failed, first_use_ignored", ""),
    "ready-first": ("failed, not_authorized", "TSS7251E"),
    "not-authorized": ("failed, not_authorized", "TSS7251E Access Denied to CASECAUT <TSSCMD.USER.REPLACE.PASSWORD>"),
    "half-done": ("failed, not_authorized", "TSS7251E Access Denied to CASECAUT <TSSCMD.USER.REMOVE.SUSPEND>"),
    "unknown": ("failed, unknown_user", "TSS0314E  ACID DOES NOT EXIST"),
    "privileged": ("failed, privileged_user", "CENTRAL"),
    "language-stays": ONCE,  # its answers are no messages of TSO's
    "wrong-service-password": ("failed, service_id_rejected", "TSS7101E"),
    "expired-service-password": ("failed, service_id_rejected", "TSS7110E"),
    "revoked-service-id": ("failed, service_id_rejected", "TSS7141E"),
}
NOT_SAID = ("failed, service_id_rejected", "does not take the password")
"""sshd does not say why."""
SSH_ALONE = {
    "silent": ("queued", "SSH"),
    "frozen": ("queued", "no answer to reset within"),
    **dict.fromkeys(("wrong-service-password", "expired-service-password", "revoked-service-id"), NOT_SAID),
    "ssh-no-helper": ("queued", "cannot start the helper"),
    "ssh-cut-off": ("queued", "cut off"),
    "ssh-killed": ("queued", "a signal ended it"),
    "ssh-deaf": ("queued", "did not start"),
    "ssh-no-channels": ("queued", "did not start"),
}
ALONE = {
    "SIMACF2": ACF2_ALONE, "SIMTSS": TSS_ALONE, "SIMSSH": SSH_ALONE, "SIMACFH": ACF2_ALONE | SSH_ALONE,
    "SIMTSSH": TSS_ALONE | SSH_ALONE,
}  # fmt: skip
NEXT_MINUTE = frozenset(("lost-answer SIMACF2", "frozen-after SIMACF2"))
"""Where the minute is over between the two changes, the second one is proven."""
LEFT_SET = frozenset(
    (
        *(f"{name} {system}" for name in ("ended-badly", "flag-ignored")
          for system in ("SIMRACF", "SIMACF2", "SIMTSS", "SIMSSH", "SIMACFH", "SIMTSSH")),
        *(f"half-done {system}" for system in ("SIMRACF", "SIMTSS", "SIMSSH", "SIMTSSH")),
        "message SIMRACF", "message SIMTSS",
    )
)  # fmt: skip
"""What has failed and yet left another password on the host: it owes a clean-up."""


MEETS = {
    "erased": "screen-lost SIMRACF",
    "more": "broadcast-flood SIMRACF",
    "ready": "ordinary SIMRACF",
    "panel": "ordinary SIMRACF",
    "password": "line-logon SIMRACF",
    "logon_line": "logon-or-logoff SIMRACF",
    "userid": "stop-before-logon SIMRACF",
    "subcommand": "lost-command SIMACF2",
    "log_data": "ispf SIMRACF",
    "menu": "ispf SIMRACF",
    "logo": "ordinary SIMRACF",
    "no_reconnect": "reconnect SIMRACF",
    "rejected": "revoked-service-id SIMRACF",
    "in_use": "already-logged-on SIMRACF",
    "unavailable": "tso-full SIMRACF",
}
"""What the dialog knows, and a scenario in which it is met."""


def test_each_screen_and_message_of_the_logon_dialog_is_met_by_a_scenario() -> None:
    """Nothing stands in the dialog that no simulated host shows; the other test sees that each is met there."""
    dialog = shipped().dialog
    assert set(MEETS) == {*dialog.screens, *dialog.messages}
    assert set(MEETS.values()) <= {" ".join(case) for case in CASES}


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "system"), CASES)
def test_what_becomes_of_a_reset(scenario: str, system: str, tmp_path: Path) -> None:
    """What the table says, in at most two tries; and no mail unless it was published."""
    begin(tmp_path / "bridge")
    file = tmp_path / "bridge/resetbridge.yaml"
    with simulated(tmp_path / "simulated", scenario, Ports()) as words:
        (tmp_path / "bridge/people.csv").write_text(PEOPLE)
        systems = words[words.index("systems:") :].replace("tn3270, ", f"tn3270, {LIMITS}")
        systems = systems.replace("type: ssh, ", "type: ssh, connect_within: 4s, answer_within: 3s, ")
        head, _, rest = file.read_text().partition("systems: {}")
        file.write_text(f"{head}directory: {{csv: people.csv}}\n{systems}\n{rest[rest.index('policies:') :]}")
        config = read(file)
        upgrade_database(config)
        with opened(config) as kept:
            mail, clock = FakeMail(), FakeClock()
            kit = replace(work_kit(kept, owner="test/W1"), mail=mail, clock=clock)
            ask(Ask(system=system, userid="PAYROLL7", reason="test"), AGENT, _web(kept, kit))
            settings = config.systems[system]
            service = settings.service_ids[0]
            assert service.password is not None
            password = read_secret(service.password)
            log = KeepingLog()
            for number in range(1, TURNS + 1):  # noqa: B007 - which try it was
                with closing(make_host(settings, service, lambda: password, Circuit(), log=log)) as host:
                    reset = turn(system, host, kit)
                if reset.state != "queued" or not reset.touched:  # what waits for the host waits for it every time
                    break
                clock.move(minutes=30)

    known = EXPECTED | ALONE.get(system, {})
    outcome, words = known.get(scenario, ONCE)
    if f"{scenario} {system}" in NEXT_MINUTE and reset.state == "published":
        outcome, words = TWICE
    assert became(reset, number) == outcome, reset.failure_text
    assert re.search(words, reset.failure_text or "")
    assert {place_of(name).name for name, where in MEETS.items() if where == f"{scenario} {system}"} <= set(
        log.places()
    )
    assert len(mail.links) == (reset.state == "published")
    if reset.state == "failed" and scenario != "change-ignored":
        assert reset.touched is (f"{scenario} {system}" in LEFT_SET)


def turn(system: str, host: Host, kit: WorkKit) -> Reset:
    job = take(host.name, kit)
    assert job is not None, system
    with held(job, kit):
        return change(job, host, kit)


def became(reset: Reset, number: int) -> str:
    if reset.state == "published":
        return "published" if number == 1 else f"published at try {number}"
    return f"{reset.state}, {reset.failure or ''}".rstrip(", ")


def _web(kept: Opened, kit: WorkKit) -> WebKit:
    return WebKit(
        store=kept.store, clock=kit.clock, dice=kept.dice, directory=kept.directory, systems=kept.systems,
        vault=kept.vault, factors=kit.factors,
    )  # fmt: skip
