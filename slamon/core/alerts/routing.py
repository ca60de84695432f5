"""Who can act: roles of an alert turned into people and channels, with a fallback that can when the first cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slamon.core.alerts import Recipient, wire_of
from slamon.core.facts.people import People, Person


@dataclass(frozen=True, slots=True)
class TeamRoute:
    """A team's manager (an address), channel and zone; None where the workspace does not say."""

    manager: str | None = None
    channel: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """The workspace's own word on who hears what: teams, the default channel, addresses that override the CRM's, and zones.

    ``zones`` by the name of a calendar. ``unreachable`` are addresses that a channel does not know: they are not written
    to, their team's channel hears it instead.
    """

    default_channel: str
    teams: Mapping[str, TeamRoute] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    unreachable: frozenset[str] = frozenset()

    def recipients(self, roles: Iterable[str], holder: Person, team: str, people: People, *, can_act: bool) -> tuple[Recipient, ...]:
        """The distinct recipients of some roles, in order; ``can_act`` is false for a holder who is away or left.

        Who hears it for themselves and in somebody's place hears it once, in that one's place.
        """
        found: dict[tuple[str, str], Recipient] = {}
        for role in roles:
            recipient = self._of_role(role, holder, team, people, can_act=can_act)
            key = (recipient.channel, recipient.address)
            if key not in found or (recipient.instead and not found[key].instead):
                found[key] = recipient
        return tuple(found.values())

    def _of_role(self, role: str, holder: Person, team: str, people: People, *, can_act: bool) -> Recipient:
        match role:
            case "holder":
                return self._holder(holder, team, can_act=can_act)
            case "manager":
                return self._manager(holder, team, people)
            case "team channel":
                return self._team_channel(team)
        return Recipient(wire_of(role), role, "named")

    def _holder(self, holder: Person, team: str, *, can_act: bool) -> Recipient:
        """The holder, or the team's channel where nobody holds it, the holder cannot act, or no channel knows them."""
        name, address = holder.name or holder.id, self._address(holder)
        if not holder.id:
            return self._team_channel(team, "nobody holds it yet")
        if not can_act:
            return self._team_channel(team, f"{name} is away" if holder.active else f"{name} is not active any more")
        if not address:
            return self._team_channel(team, f"no address of {name} is known")
        if address.casefold() in self.unreachable:
            return self._team_channel(team, f"{name} is not in Slack")
        return Recipient("slack", address, "holder", self._zone(holder, team))

    def _address(self, person: Person) -> str:
        return self.addresses.get(person.id) or person.email

    def _manager(self, holder: Person, team: str, people: People) -> Recipient:
        route = self.teams.get(team)
        person = next((person for person in people.persons if person.id == holder.manager and holder.manager), None)
        named = (route.manager if route else None) or (holder.manager if "@" in holder.manager else "")
        address = named or (self._address(person) if person else "")
        if not address:
            return self._team_channel(team, "no manager is known")
        if address.casefold() in self.unreachable:
            return self._team_channel(team, "the manager is not in Slack")
        return Recipient("slack", address, "manager", self._zone(person if person and not named else Person(""), team))

    def _zone(self, person: Person, team: str) -> str:
        """A person's own zone, else the team's; empty where neither is known."""
        route = self.teams.get(team)
        return self.zones.get(person.calendar, "") or (route.timezone if route else None) or ""

    def _team_channel(self, team: str, instead: str = "") -> Recipient:
        route = self.teams.get(team)
        channel = (route.channel if route else None) or self.default_channel
        return Recipient("slack", channel, "team channel", (route.timezone if route else None) or "", instead)
