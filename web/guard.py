"""What stands before every page and every call: headers, host, origin, form tokens, the client's address.

Users have no session, and no cookie but a sign-on's (user/signon.py), which counts with the link's key alone. Operators
have one (console/visit.py), which no other site's form or link brings along. So there is no right that another site
could borrow; the checks on Origin and token are the second wall. Flask's
TRUSTED_HOSTS is not used: it answers 400 where 421 is meant.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest, digest
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from flask import Request, Response

from bridge.domain.errors import BadInput, NotAllowed
from bridge.domain.secret import Secret

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CSP,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "microphone=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), usb=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Server": "reset-bridge",
}
TOKEN_FOR: Final = timedelta(hours=12)  # a page may lie open over lunch, or over a night shift
MOST_HOPS: Final = 20
KNOWN: Final = 1024  # addresses read lately: the same few come again with each file of a page
LONG: Final = 200  # characters; no address is that long, with port and zone
WITH_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}")
AGENT: Final = re.compile(r"[^\x20-\x7e]")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class WrongHost(Exception):
    """The request is for somebody else's name."""


class WrongOrigin(Exception):
    """The form was not sent by a page of ours."""


def harden(response: Response) -> Response:
    """Put the headers on, over whatever was there; take out what lets a cache keep the answer."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    for name in ("ETag", "Last-Modified", "Expires"):
        response.headers.pop(name, None)
    return response


# --- whom the request is for ----------------------------------------------------------------------


def hosts_of(base_url: str) -> frozenset[str]:
    """The Host values that mean us: base_url's host, with and without the port where it is the default one."""
    parts = urlsplit(base_url)
    name = (parts.hostname or "").lower()
    name = f"[{name}]" if ":" in name else name
    default = 443 if parts.scheme == "https" else 80
    port = parts.port or default
    return frozenset({f"{name}:{port}", name} if port == default else {f"{name}:{port}"})


def origin_of(base_url: str) -> str:
    """base_url as browsers write an origin."""
    parts = urlsplit(base_url)
    shortest = min(hosts_of(base_url), key=len)
    return f"{parts.scheme.lower()}://{shortest}"


def check_host(request: Request, hosts: frozenset[str]) -> None:
    """Raise WrongHost for a name that is not ours. Whatever was sent is not repeated in any answer."""
    if request.environ.get("HTTP_HOST", "").lower() not in hosts:
        raise WrongHost


# --- who sent the form ----------------------------------------------------------------------------


def check_origin(request: Request, origin: str) -> None:
    """Raise WrongOrigin unless a page of ours sent this form.

    `no-referrer` makes browsers send `Origin: null` even from our own pages (Fetch, "append a request Origin
    header"): null is believed only together with Sec-Fetch-Site: same-origin, which no script can set. A browser that
    knows neither header (lynx) knows no `no-referrer` either: the page that it names as its origin has to be ours.
    """
    sent, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        raise WrongOrigin
    if sent == origin or (sent == "null" and site == "same-origin"):
        return
    if sent is None and site is None and request.headers.get("Referer", "").startswith(f"{origin}/"):
        return
    raise WrongOrigin


def token(secret: Secret, at: datetime) -> str:
    """A proof that a form came from us and when: time and tag."""
    stamp = format(int(at.timestamp()), "x")
    tag = digest(secret.expose().encode(), f"form:{stamp}".encode(), sha256)
    return f"{stamp}.{urlsafe_b64encode(tag[:18]).decode()}"


def token_holds(sent: str, secret: Secret, at: datetime) -> bool:
    """Whether token() made it, not too long ago."""
    stamp = sent.partition(".")[0]
    if not re.fullmatch(r"[0-9a-f]{1,12}", stamp):
        return False
    try:
        made = datetime.fromtimestamp(int(stamp, 16), at.tzinfo)
    except (OverflowError, ValueError, OSError):
        return False
    return compare_digest(sent.encode(), token(secret, made).encode()) and -TOKEN_FOR <= at - made <= TOKEN_FOR


def form(request: Request, *names: str) -> dict[str, str]:
    """The form's fields, each at most once and none unknown; "" where absent. Raises BadInput."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise BadInput("Content-Type", "a form is expected: application/x-www-form-urlencoded")
    if request.query_string:
        raise BadInput("query", "fields are expected in the form, not in the address")
    for name, values in request.form.lists():
        if name not in names:
            raise BadInput("form", "a field that this form does not have was sent")
        if len(values) != 1:
            raise BadInput(name, "the field is expected once")
    sent = request.form.to_dict()  # Werkzeug's own get() makes an exception of each absent field, and most are absent
    return {name: sent.get(name, "") for name in names}


def bearer(request: Request) -> Secret:
    """The bearer token. Raises NotAllowed."""
    found = re.fullmatch(r"Bearer ([A-Za-z0-9._~+/-]{1,512}=*)", request.headers.get("Authorization", ""))
    if not found:
        raise NotAllowed("a bearer token is expected: Authorization: Bearer TOKEN")
    return Secret(found[1])


# --- where it came from ---------------------------------------------------------------------------


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read trusted_proxies."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """The client's address: the peer's, or, where the peer is a named proxy, the right-most one it names that is none.

    Anything unreadable ends the walk: the last address that could be trusted stands.
    """
    here = _address(peer)
    if here is None:
        return "unknown"
    for hop in reversed(forwarded.split(",")[-MOST_HOPS:] if forwarded else []):
        if not any(here in network for network in proxies):
            break
        there = _address(hop)
        if there is None:
            break
        here = there
    return str(here)


@lru_cache(KNOWN)
def share_of(address: str) -> str:
    """What one household or office is counted as: the address, or the /64 of an IPv6 one."""
    found = _address(address)
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


@lru_cache(KNOWN)
def network_of(address: str, v4: int, v6: int) -> str:
    """What wrong answers are counted for: the network of so many bits that the address is in."""
    found = _address(address)
    if found is None:
        return address
    return str(ip_network((found, v6 if isinstance(found, IPv6Address) else v4), strict=False))


def _address(text: str) -> Address | None:
    text = text.strip()
    return _read(text) if len(text) < LONG else None


@lru_cache(KNOWN)
def _read(text: str) -> Address | None:
    text = text.strip().strip('"')
    if found := WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def agent_of(request: Request) -> str:
    """The browser's name for itself, fit for a record: printable ASCII, at most 200 characters."""
    return AGENT.sub("?", request.headers.get("User-Agent", ""))[:200]
