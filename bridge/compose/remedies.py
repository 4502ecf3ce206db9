"""What to do about a logon that failed, by the words it failed with: a table, the first that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

REMEDIES: Final = (
    (r"if that is a notice and no refusal",
     "see that screen with --screens. Where the words are news or a warning, the dialog lacks the screen, or knows it "
     "by the wrong signs. Where they refuse: look {userid} up on the host, whether it is revoked or its password has "
     "expired"),
    (r"stands ahead of it in the dialog",
     "one screen is taken for another: the surest sign is a title at its place, which `at` names and no other screen "
     "has there"),
    (r"would have \u201c.*\u201d in row",
     "the dialog has the screen, and a sign of it at another place: correct `at`; `resetbridge dialog look` counts "
     "rows and columns"),
    (r"is not expected (?:after|first)",
     "the dialog knows this screen and does not expect it there: add it to `next` of the screen before, or to `begin`; "
     "where it says no, add its words to `messages`"),
    (r"has no (?:hidden )?field",
     "the dialog knows this screen and not its fields: correct `behind` or `at` in its `type`; `resetbridge dialog "
     "look` on a tape of `dialog record` names them all. Where letters of the country stand in a label, "
     "transport.codepage may be another than the host's"),
    (r"session manager refused",
     "log on to the session manager by hand as service_id.session_manager.userid, and put the password that counts "
     "there where session_manager.password says; then `resetbridge service-id retry`. {userid}'s own was not typed"),
    (r"IKJ56425I|IKJ56411I|ALREADY LOGGED ON|logged on elsewhere",
     "{userid} has a session elsewhere: log it off (an operator: CANCEL U={userid}), or give this daemon a service id "
     "of its own; TSO lets each in once"),
    (r"RBH005E",
     "the helper is there, and PROFILE fails in the TSO behind it: run it by hand under {userid} as "
     "deploy/zos/README.md says; the id needs an OMVS segment and TSO"),
    (r"RBH006E",
     "the helper is there, and the TSO behind it does not run the command: AUTHCMD of IKJTSOxx has to name it, and "
     "{userid} has to be allowed it; run the helper by hand as deploy/zos/README.md says"),
    (r"COMMAND (?:LISTUSER|ALTUSER|LIST|TSS|ACF) NOT FOUND|IKJ56500I",
     "the host has no such command: `product` is another than the host's, the helper is set up for another "
     "(esm in rbhelper.rexx), or {userid} may not use it"),
    (r"not typed: the (?:host's field takes.*, the )?session manager's password",
     "what the file or credential of service_id.session_manager.password holds is not what the session manager takes: "
     "one line with the password and nothing else; then `resetbridge service-id retry`"),
    (r"begins or ends with a blank",
     "look at the file or credential of service_id.password: one line with the password and nothing else"),
    (r"\bDFH[A-Z]{2}\d{4}\b", "CICS answers there, and not TSO: correct host, port or lu, or logon.command"),
    (r"\bHCP[A-Z]{3}\d{3,4}[A-Z]\b|\bVM/ESA\b|\bz/VM\b",
     "z/VM answers there, and no z/OS: correct host, port or lu, or name what leads on to TSO under logon.screens"),
    (r"IKT00405I",
     "TSO loses the screen again and again: it does not take this terminal. Write transport.model: 2, or have the "
     "logmode of its LU looked at"),
    (r"sshd lets nobody choose another",
     "it is right, and was not counted as a wrong one. Over SSH the daemon cannot change it: give {userid} a password "
     "on the host that lasts (on RACF, once it has: PASSWORD USER({userid}) NOINTERVAL), or none at all where a key "
     "logs on"),
    (r"says: .*\baccount\b.*\b(?:expired|locked|disabled)\b",
     "the account itself is closed, whatever opens it: open the account (on Linux: chage -E -1 {userid}, passwd -u "
     "{userid}), then `resetbridge service-id retry`"),
    (r"IKJ56415I|ACF01017|TSS7110E|EXPIRED",
     "its password has expired: `resetbridge service-id rotate` lets the daemon choose a new one, which it does by "
     "itself at its next logon where service_id.rotate is not never; or log on as "
     "{userid}, choose one and put it where service_id.password says; on RACF let it last: PASSWORD "
     "USER({userid}) NOINTERVAL"),
    (r"IKJ56424I|ICH70003I|ACF01013|ACF0100[56]|TSS7120E|TSS7141E|REVOKED|SUSPENDED",
     "it is revoked: find out who typed wrong passwords, then ALTUSER {userid} RESUME on RACF, CHANGE {userid} "
     "PSWD-VIO(0) NOSUSPEND on ACF2, TSS REMOVE({userid}) SUSPEND on Top Secret; then `resetbridge service-id retry`"),
    (r"IKJ56420I|IKJ56710I|ACF01004|TSS7145E",
     "the host knows no TSO user {userid}: correct service_id.userid, or ALTUSER {userid} TSO(ACCTNUM(…) PROC(…))"),
    (r"001-0019|RBPWD.*(?:not found|No such (?:path|file))",
     "the program of deploy/ibmi is not where ibmi.helper says: create it, or correct the path"),
    (r"001-0014|RBPWD.*(?:not authorized|Permission denied)",
     "{userid} may not run the program: GRTOBJAUT OBJ(RSTBRDG/RBPWD) OBJTYPE(*PGM) USER({userid}) "
     "AUT(*OBJOPR *EXECUTE), and *EXECUTE to its library"),
    (r"CPF2217", "it may not read user profiles: GRTOBJAUT OBJ(profile) OBJTYPE(*USRPRF) USER({userid}) "
     "AUT(*OBJOPR *READ) for those that may be reset"),
    (r"/etc/sudoers\S*:\d+:.*syntax error|parse error in /etc/sudoers",
     "sudo skips a file that it cannot read, and that may be {userid}'s: `visudo --check` names the line; mend it"),
    (r"must have a tty",
     "sudo wants a terminal, and there is none: write Defaults:{userid} !requiretty into /etc/sudoers.d"),
    (r"\bsudo: (?:a password is required|\S+ is not in the sudoers|sorry, user)|not allowed to execute",
     "sudo does not let {userid} do it: a line of its own in /etc/sudoers.d with NOPASSWD and the very program of "
     "unix.sudo, as deploy/handbook/unix.md says"),
    (r"\blsuser: (?:\S+ )?not found|\bchage: (?:\S+ )?not found",
     "the commands are those of another UNIX: unix.variant is linux or aix"),
    (r"unexpected answer to status: .*\b(?:not found|No such file or directory)\b.*return code 12[67]"
     r"|\bsudo: (?:\S+: command not found|unable to execute)",
     "what unix.sudo names is not there, or cannot be run: correct it, or install it (deploy/unix/rbguard, owned by "
     "root, mode 0755)"),
    (r"[Qq]uota exceeded|No space left|EDC5133I",
     "the host has no room left for {userid}: see df and quota there, /tmp and its home above all"),
    (r"unexpected answer to status\b",
     "its listing is not read: getent, passwd -S and chage have to answer in English, as they come with the system. "
     "Let unix.sudo name deploy/unix/rbguard, which sees to that; unix.variant is linux or aix"),
    (r"as a shell does.*account is (?:currently )?not available",
     "the login shell of {userid}, or a ForceCommand, lets nobody in: usermod -s /bin/sh {userid}"),
    (r"as a shell does.*allows sftp connections only",
     "sshd gives {userid} sftp and nothing else: take it out of that Match block (ForceCommand internal-sftp)"),
    (r"does not answer as a shell does",
     "mend transport.shell, a ForceCommand of sshd's, or what {userid}'s profile says or starts"),
    (r"unexpected answer to LIST: ACCESSORID\b(?!.*\bPASSWORD\s*=)",
     "its LIST has no password section, which proves resets: TSS ADMIN({userid}) DATA(BASIC,PASSWORD)"),
    (r"may not list or change.*\bACF0A017\b",
     "it may not list logonids, and without a listing nothing is proven: CHANGE {userid} ACCOUNT SCPLIST(name), with a "
     "scope of those that may be reset, or whatever lets it LIST them on your system"),
    (r"may not list or change.*(?:\bTSS\d{4}E\b|WITHIN SCOPE)",
     "it may not list ACIDs, and without a listing nothing is proven: TSS ADMIN({userid}) DATA(BASIC,PASSWORD), within "
     "the scope of those that may be reset; what is changed counts from its next logon"),
    (r"unexpected answer to LIST:.*\bNOT AUTHORI[SZ]ED\b",
     "the host does not let {userid} use the command at all: give it what the handbook lists for its product"),
    (r"\bICH300(?:02|10)I\b|NOT AUTHORIZED TO (?:LIST|ISSUE LISTUSER)",
     "it may not list users, and without a listing nothing is proven: PERMIT IRR.LISTUSER CLASS(FACILITY) ID({userid}) "
     "ACCESS(READ); SETROPTS RACLIST(FACILITY) REFRESH; or a scoped IRR.LU.OWNER.group"),
    (r"unexpected answer to (?:LISTUSER|LIST|TSS)\b",
     "its listing is not read: another language (PROFILE PLANGUAGE), an exit that adds lines (name them under "
     "`ignore`), or a release with other labels; `resetbridge dialog record` keeps what the host says, redacted"),
    (r"DSPUSRPRF", "the list is not read: where the system does not speak English, name its labels under ibmi.labels"),
    (r"IKJ5648[6-9]I|\b(?:ACCOUNT|PROCEDURE)\b.*\bNOT (?:BEEN )?(?:AUTHORIZED|DEFINED)\b",
     "its account, procedure or group is not authorised for TSO: ALTUSER {userid} TSO(…)"),
    (r"does not take the key|hung up after the key",
     "the host does not know this key, or not for {userid}: put the public half of transport.key into its "
     "authorized_keys, which nobody else may write and which on z/OS is EBCDIC (ssh-keygen -y -f KEYFILE prints it). "
     "sshd says no more; {userid} may be revoked as well, have no login shell, or be kept out (AllowUsers), and "
     "sshd's own log knows"),
    (r"it takes only|wants a (?:second|further) proof",
     "let sshd take what is configured, or configure what it takes: transport.key for publickey, "
     "service_id.password for password; keyboard-interactive is not spoken"),
    (r"does not take the password|hung up after the password",
     "the password is wrong or has expired, or {userid} is revoked: sshd does not say which. It was given once and is "
     "not tried again; look {userid} up on the host, then put the right one where service_id.password says, or let a "
     "key log on"),
    (r"it says: \u00d9\u00c2\u00f1",
     "the helper answers in EBCDIC, which nothing has converted: ChannelConvert of zos_sshd_config has to name exec"),
    (r"no acceptable (?:kex|cipher|mac|host key)",
     "sshd offers nothing there that is good enough: KexAlgorithms is to have curve25519-sha256 or ecdh-sha2-nistp256, "
     "Ciphers aes256-ctr, MACs hmac-sha2-256, and HostKeyAlgorithms the kind of transport.host_key"),
    (r"did not start|\bchroot\b|\bsafely_chroot\b",
     "sshd lets {userid} log on and opens no session: MaxSessions, ChrootDirectory or PermitTTY may be why; sshd's own "
     "log says it"),
    (r"did not (?:agree on a connection|finish the logon).*(?:time ran out|timeout)",
     "it answers, and too slowly: a name server that sshd asks about this machine (UseDNS), or what stands behind its "
     "logon; mend that, or raise transport.connect_within"),
    (r"does not answer a ping: (?:time ran out|.*has not ended)",
     "the helper was started and is not done in time: run it by hand under {userid} as deploy/zos/README.md says, and "
     "see how long it takes; TSO behind it may be slow or may wait for somebody. Where it is merely slow, raise "
     "transport.answer_within"),
    (r"no answer of the helper's",
     "something else answers in the helper's place: a forced command of another kind (command= in authorized_keys, "
     "ForceCommand), a login shell that lets nobody in, or a profile that reads the request away"),
    (r"helper answers a ping|helper does not answer",
     "the helper is there and cannot work: run it by hand under {userid} as deploy/zos/README.md says; it needs REXX, "
     "an OMVS segment and TSO"),
    (r"cannot start the helper.*(?:bad interpreter|required file not found)",
     "the helper is there, and what its first line names to run it is not: install deploy/zos/rbhelper.rexx anew; "
     "its first line is /* REXX */ in the host's own code page"),
    (r"cannot start the helper",
     "the helper is not where transport.helper says, or {userid} may not run it: install deploy/zos/rbhelper.rexx, "
     "chmod 755, and name it in the forced command"),
    (r"IKJ56421I|ACF01012|TSS7101E|PASSWORD (?:IS )?(?:NOT (?:AUTHORIZED|MATCHED|CORRECT)|INCORRECT|INVALID|WRONG)",
     "the password is wrong: put the right one where service_id.password says. It was typed once and is not tried "
     "again; each try counts towards revocation. With one of ! | [ ] {{ }} ~ ^ \" in it another character may have "
     "come to the host: see that transport.codepage is the host's, then `resetbridge service-id retry`"),
    (r"host's field takes",
     "see that the file or credential of service_id.password has the password and nothing else, no label and no "
     "byte-order mark ahead of it; else give {userid} one of the length that the panel takes"),
    (r"refused the service id's logon",
     "the host says no in words known to nobody here, and after the password; ask the host's people. It was "
     "typed once and is not tried again, as it may have counted; what only means `later` belongs to `messages` of a "
     "dialog file, with end: not_started"),
    (r"no password was asked for",
     "nothing was typed that counts. Where the host is slow, raise transport.logon_within; else a screen on the way "
     "waits for something: see it with --screens"),
    (r"no READY within",
     "{userid} was let in and then stood before something other than READY. A menu: name its title under "
     "transport.logon.menu and what leaves it under logon.leave. Better: a logon procedure without start-up commands"),
    (r"the host (?:does not go on|is silent)",
     "it was waited for as long as `within` of the screen before says in the dialog: where the host is that slow, give "
     "it more there, and transport.logon_within for the whole way; else see whether a key is missing that leads on"),
    (r"IKT00201I|MAXIMUM USERS", "TSO is full: later, or USERMAX"),
    (r"UNABLE TO ESTABLISH SESSION",
     "VTAM knows the command, and the application does not take the session: TSO is down, full, or not open to this "
     "terminal (the sense code says which: 0857 and 080A are for `not active`, 087D for a name that nobody has: "
     "correct transport.logon.command, or what the dialog types there)"),
    (r"COMMAND UNRECOGNIZED|COMMAND SYNTAX|PARAMETER EXTRANEOUS|PARAMETER OMITTED",
     "VTAM does not take the logon command: correct transport.logon.command, or what the dialog types there, to what a "
     "person types on that screen"),
    (r"closed the connection during logon",
     "it hung up, and no password had been typed: nothing was counted. See whether TSO and what stands ahead of it are "
     "up, and open to this machine and at this hour; `--screens` shows how far it came"),
    (r"no TSO session", "no password was refused: see whether TSO is up, and open to {userid} at this hour and from "
     "here; `--screens` shows how far it came"),
    (r"(none of|not give) the LU names",
     "the TN3270 server gives this machine none of these names, or others hold them: correct transport.lu, or have "
     "them mapped to this machine's address"),
    (r"does not finish",
     "it speaks TN3270, and no screen comes: have the LU looked at that it gives this machine (D NET,ID=…), whether it "
     "is active and has a logo (USSTAB) or an application (DEFAPPL), and whether a firewall cuts off what is silent"),
    (r"does not begin", "is it the TN3270 server's port? 23 and 992 are usual"),
    (r"not known|does not get past|field for the password|takes no input",
     "a screen of this site is on no list: see it with --screens and describe it under transport.logon.screens or in a "
     "dialog file (`resetbridge dialog look` shows its fields). A session manager ahead of TSO needs such a file; a "
     "menu that comes behind the password, its title under transport.logon.menu, and what leaves it under logon.leave"),
)  # fmt: skip


UNANSWERED: Final = (
    "the password had been typed, and the host said nothing to it: that may have counted as a wrong one. Look {userid} "
    "up on the host and in its log (ICH408I, or IKJ… on the console) before you check again, which types it once more"
)


SCREEN: Final = "; the screen says: "
A_MESSAGE: Final = re.compile(r"\s*(?:[A-Z]{2,6}\d{3,}[A-Z]?\b|.*\bVM\b)")


OF_LDAP: Final = (
    (r"securing the connection: Connect error|CERTIFICATE_VERIFY_FAILED|certificate",
     "the server's certificate has to be for the name in directory.ldap.servers, and signed by an authority in "
     "directory.ldap.ca, or of the system where ca is left out"),
    (r"connecting: .*(?:EOF|WRONG_VERSION_NUMBER|closed)",
     "no TLS is spoken at that port: correct directory.ldap.security (tls: 636, starttls: 389) and port"),
    (r"Confidentiality required|Strong\(er\) authentication required",
     "the server wants TLS: directory.ldap.security: tls or starttls"),
    (r"Can't contact|refused|timed out|No route|not known",
     "correct directory.ldap.servers and port, or let this machine through to them"),
    (r"binding: ",
     "correct directory.ldap.user (a whole DN, or name@domain in Active Directory) or what its password's file holds; "
     "a try that is refused counts against the account"),
    (r"No such object|Invalid DN",
     "directory.ldap.base has to be there, and readable to directory.ldap.user"),
)  # fmt: skip
"""What to do about an LDAP server, by the words that a try ended with."""


def ldap_remedy(said: str) -> Iterator[str]:
    """What to do about a directory service that gave no answer, if that is known."""
    found = next((words for pattern, words in OF_LDAP if re.search(pattern, said, re.IGNORECASE)), None)
    if found:
        yield found


def remedy(said: str, userid: str) -> Iterator[str]:
    """What to do about an error, if that is known.

    Of a screen that stood there by chance only messages with a number count: banners speak of expired passwords, too.
    """
    why, _, screen = said.partition(SCREEN)
    told = " / ".join((why, *(row for row in screen.split(" / ") if A_MESSAGE.match(row))))
    found = next((words for pattern, words in REMEDIES if re.search(pattern, told, re.IGNORECASE)), None)
    if found:
        yield found.format(userid=userid)
