"""The line between the public internet and networks that a stranger's link must not reach."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_UNICAST = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_CLOUD = IPv4Address("168.63.129.16")  # Azure's own services answer here, on a public address


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet, whatever it is wrapped in."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    inner = ip if isinstance(ip, IPv4Address) else _inside(ip)
    if inner is not None:
        return inner.is_global and not inner.is_multicast and inner != _CLOUD
    return ip.is_global and ip in _UNICAST


def _inside(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that `ip` leads to, if it is only a way to write one."""
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
