"""Which hosts are this machine's own: plain HTTP is for them only, and no proxy is between."""

import ipaddress
from urllib.parse import urlsplit


def loopback(host: str | None) -> bool:
    """Whether a host name or address is of the loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def direct(url: str) -> dict[str, str]:
    """What `requests` is to be told as `proxies`, so that the environment's are used, but for this machine's own hosts.

    The rest of the environment (a private CA) holds for those too.
    """
    host = urlsplit(url).hostname
    return {"no_proxy": host or ""} if loopback(host) else {}
