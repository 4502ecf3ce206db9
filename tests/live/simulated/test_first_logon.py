"""The user's own first logon, against every set-up of the host."""

import pytest

from connectors.simulated.options import HostOptions, LogonStyle, Uss
from connectors.simulated.tso_user import first_logon


@pytest.mark.parametrize("uss", list(Uss))
@pytest.mark.parametrize("style", list(LogonStyle))
@pytest.mark.parametrize("product", ["racf", "acf2", "topsecret"])
def test_a_new_password_is_demanded_and_taken(start, product, style, uss):
    zos = start(product, options=HostOptions(logon=style, uss=uss))
    zos.users.define("NEWUSER", password="TEMP2345", expired=True)

    happened = first_logon(zos.host, zos.port, "NEWUSER", "TEMP2345", "CHOSEN12")

    assert happened.forced_change
    assert happened.ready
    assert zos.accepts("NEWUSER", "CHOSEN12")
    assert not any("TEMP2345" in screen or "CHOSEN12" in screen for screen in happened.screens)
    assert zos.witness.violations == []
    assert zos.sessions() == []


def test_without_the_flag_nothing_is_demanded(start):
    zos = start()
    zos.users.define("NEWUSER", password="TEMP2345")
    happened = first_logon(zos.host, zos.port, "NEWUSER", "TEMP2345", "CHOSEN12")
    assert (happened.forced_change, happened.ready) == (False, True)
    assert zos.accepts("NEWUSER", "TEMP2345")


@pytest.mark.parametrize("product", ["racf", "acf2", "topsecret"])
def test_a_worthless_password_gets_nobody_in(start, product):
    zos = start(product)
    zos.users.define("NEWUSER", password="SPOILED9", expired=True)
    happened = first_logon(zos.host, zos.port, "NEWUSER", "TEMP2345", "CHOSEN12")
    assert (happened.forced_change, happened.ready) == (False, False)


def test_ispf_and_long_notices_do_not_stop_it(start):
    options = HostOptions(ispf_autostart=True, ispf_asks_about_log=True, broadcast=("NEWS",) * 50)
    zos = start(options=options)
    zos.users.define("NEWUSER", password="TEMP2345", expired=True)
    assert first_logon(zos.host, zos.port, "NEWUSER", "TEMP2345", "CHOSEN12").ready


def test_the_line_may_close_at_logoff(start):
    zos = start(options=HostOptions(close_after_logoff=True))
    zos.users.define("NEWUSER", password="TEMP2345", expired=True)
    assert first_logon(zos.host, zos.port, "NEWUSER", "TEMP2345", "CHOSEN12").ready
