"""The closed list of reasons for which a reset fails, in words an agent can act on."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a reset failed. The value is the code in the API; `words` is for people; the handbook explains each."""

    UNKNOWN_USER = "unknown_user"
    PROTECTED_USER = "protected_user"
    PRIVILEGED_USER = "privileged_user"
    SUSPENDED_BY_ADMINISTRATOR = "suspended_by_administrator"
    NO_PASSWORD = "no_password"  # noqa: S105
    NOT_AUTHORIZED = "not_authorized"
    PASSWORD_REJECTED = "password_rejected"  # noqa: S105
    HOST_UNREACHABLE = "host_unreachable"
    HOST_TIMEOUT = "host_timeout"
    SERVICE_ID_REJECTED = "service_id_rejected"
    NO_CONTACT_POINT = "no_contact_point"
    NEW_CONTACT = "new_contact"
    NO_FACTOR = "no_factor"
    NO_OTHER_CONTACT = "no_other_contact"
    NO_MAIL_KEY = "no_mail_key"
    MAIL_REFUSED = "mail_refused"
    MAIL_UNREACHABLE = "mail_unreachable"
    MASTER_UNSENT = "master_unsent"
    UNEXPECTED_ANSWER = "unexpected_answer"
    FIRST_USE_IGNORED = "first_use_ignored"
    NOT_PROVEN = "not_proven"
    SYSTEM_REMOVED = "system_removed"

    @property
    def words(self) -> str:
        """One sentence: what happened and what to do."""
        return WORDS[self]


WORDS: dict[Reason, str] = {
    Reason.UNKNOWN_USER: "the host knows no such userid; check the spelling and the system",
    Reason.PROTECTED_USER: "the userid has no password by design (protected or a started task); it cannot be reset",
    Reason.PRIVILEGED_USER: "the userid is privileged on the host; a security administrator has to reset it",
    Reason.SUSPENDED_BY_ADMINISTRATOR: "an administrator suspended the userid; ask security before anything else",
    Reason.NO_PASSWORD: "the userid has nothing of what is reset here, passwords or phrases; it may log on otherwise",
    Reason.NOT_AUTHORIZED: "the service id may not list or change this userid; widen its authority or ask security",
    Reason.PASSWORD_REJECTED: "the host refused the generated password; compare the system's rules with `check`",
    Reason.HOST_UNREACHABLE: "the host could not be reached; try again later, or run `check`",
    Reason.HOST_TIMEOUT: "the host stopped answering while the password was set; it was made worthless",
    Reason.SERVICE_ID_REJECTED: "the host refused the service id's own logon; mend its password, then `check`",
    Reason.NO_CONTACT_POINT: "no e-mail address is on file for this userid; add the person, then ask again",
    Reason.NEW_CONTACT: "where mail or codes go, or whose userid it is, is new in the directory; confirm it, approve",
    Reason.NO_FACTOR: "the person has no second factor that the policy allows; enrol one, then ask again",
    Reason.NO_OTHER_CONTACT: "what opens the KeePass file has no way but the link's; add another contact, ask again",
    Reason.NO_MAIL_KEY: "mail has to be encrypted, and no key of the person's will do; put one on file, then ask again",
    Reason.MAIL_REFUSED: "the mail relay refused the message; check the address, then ask again",
    Reason.MAIL_UNREACHABLE: "the mail relay could not be reached; ask again when it is back",
    Reason.MASTER_UNSENT: "what opens the KeePass file could not be sent; see to the gateway or address, ask again",
    Reason.UNEXPECTED_ANSWER: "the host answered something unknown; an administrator should look at the record",
    Reason.FIRST_USE_IGNORED: "the host did not demand a change at first use; the password was made worthless",
    Reason.NOT_PROVEN: "the host's profile did not prove the change; the password was made worthless",
    Reason.SYSTEM_REMOVED: "the system is no longer in the configuration",
}
