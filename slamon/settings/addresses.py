"""Where an address of the network leads: out into the world, or inside, where a call may do what nobody meant."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""IPv6 addresses that lead to the IPv4 address in their last 32 bits."""


def leads_outside(address: str) -> bool:
    """Whether an IP address, as the resolver gives it, is reached over the public network and by nobody but its owner."""
    found = ip_address(address.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in _behind(found))


def _behind(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The IPv4 addresses that an IPv6 address carries, or the address itself where it carries none."""
    carried: list[IPv4Address | IPv6Address] = []
    if isinstance(address, IPv6Address):
        carried = [each for each in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if each is not None]
        if any(address in network for network in NAT64):
            carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    yield from carried or [address]


def is_loopback(host: str) -> bool:
    """Whether a host, as it is written, is this computer."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_written_inside(host: str) -> bool:
    """Whether a host is written as an IP address that leads inside, and not to this computer; of names only the resolver knows."""
    try:
        return not leads_outside(host) and not ip_address(host).is_loopback
    except ValueError:
        return False
