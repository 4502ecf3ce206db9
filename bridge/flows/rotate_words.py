"""What a person has to do about a service id's own password, in words. See bridge.flows.rotate."""

from __future__ import annotations

from typing import Final

FILE_IS_OLDER: Final = (
    "the file of the service id's password has gone back to what it held before: put the newest in place on this node; "
    "or, where this one is right after all: resetbridge service-id retry {system} {userid}"
)
WRONG: Final = (
    "the host said that the service id's password is wrong; it is not typed again. Put the right one into its file, or "
    "after mending it on the host: resetbridge service-id retry {system} {userid}"
)
UNCLEAR: Final = (
    "what came after the service id's password may have been a refusal, and it is not typed again. Look at the host "
    "and the dialog, then: resetbridge service-id retry {system} {userid}"
)
AT_THE_MANAGER: Final = (
    "the session manager refused the service id's password there, or may have; it is not typed again. Put the right "
    "one where service_id.session_manager says, then: resetbridge service-id retry {system} {userid}"
)
BARRED: Final = (
    "the host refused the service id, and its password is not typed again. Mend {userid} on the host, or what it says "
    "below; then: resetbridge service-id retry {system} {userid}"
)
STUCK: Final = (
    "the host took neither the service id's password nor the one that was to follow; neither is typed again. Give "
    "{userid} a new password on the host, resume it, and put that password into its file"
)
UNDER_WAY: Final = (
    "a new password of {userid} is not proven yet, so nobody but the daemon logs on with either: it does so as soon as "
    "it runs"
)
NOT_OURS: Final = (
    "the password has expired, and service_id.rotate is never: resetbridge service-id rotate {system} {userid} lets "
    "the daemon choose a new one; or log on as {userid}, choose one, and put it into its file"
)
SOON_CHANGED: Final = (
    "the password has expired, and the daemon chooses a new one at its next logon (service_id.rotate); at once: "
    "resetbridge service-id rotate {system} {userid}"
)
NONE_TAKEN: Final = (
    "the host took no new password; correct password.length, mixed_case and rules to what it takes of users at logon; "
    "then resetbridge service-id rotate {system} {userid}"
)
