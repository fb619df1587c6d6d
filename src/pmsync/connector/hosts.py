"""Which hosts are this machine's own: plain HTTP is for them only, and no proxy is between."""

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests


def loopback(host: str | None) -> bool:
    """Whether a host name or address is of the loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def settle(session: "requests.Session", url: str) -> None:
    """Look up once what the environment says of an address (proxies, a private CA), instead of for every request.

    Its proxies are not for this machine's own hosts; the rest holds for those too.
    """
    host = urlsplit(url).hostname
    proxies = {"no_proxy": host or ""} if loopback(host) else {}
    environment = session.merge_environment_settings(url, proxies, None, None, None)
    session.proxies, session.verify = environment["proxies"], environment["verify"]
    session.trust_env = False
