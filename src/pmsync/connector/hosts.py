"""Which hosts are this machine's own: plain HTTP is for them only, and no proxy is between."""

import ipaddress


def loopback(host: str | None) -> bool:
    """Whether a host name or address is of the loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
