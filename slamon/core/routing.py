"""Who can act: roles of an alert turned into people and channels, with a fallback that can when the first cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slamon.core.alerts import Recipient
from slamon.core.people import People, Person


@dataclass(frozen=True, slots=True)
class TeamRoute:
    """A team's manager (an address) and channel; None where the workspace does not say."""

    manager: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """The workspace's own word on who hears what: teams, the default channel, and addresses that override the CRM's."""

    default_channel: str
    teams: Mapping[str, TeamRoute] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

    def recipients(self, roles: Iterable[str], holder: Person, team: str, people: People, *, can_act: bool) -> tuple[Recipient, ...]:
        """The distinct recipients of some roles, in order; ``can_act`` is false for a holder who is away or left."""
        found: dict[tuple[str, str], Recipient] = {}
        for role in roles:
            recipient = self._of_role(role, holder, team, people, can_act=can_act)
            found.setdefault((recipient.channel, recipient.address), recipient)
        return tuple(found.values())

    def _of_role(self, role: str, holder: Person, team: str, people: People, *, can_act: bool) -> Recipient:
        match role:
            case "holder":
                address = self._address(holder) if can_act else ""
                return Recipient("slack", address, "holder") if address else self._team_channel(team)
            case "manager":
                address = self._manager(holder, team, people)
                return Recipient("slack", address, "manager") if address else self._team_channel(team)
            case "team channel":
                return self._team_channel(team)
        return Recipient("email" if "@" in role else "slack", role, "named")

    def _address(self, person: Person) -> str:
        return self.addresses.get(person.id) or person.email

    def _manager(self, holder: Person, team: str, people: People) -> str:
        route = self.teams.get(team)
        if route and route.manager:
            return route.manager
        if "@" in holder.manager:
            return holder.manager
        manager = next((person for person in people.persons if person.id == holder.manager and holder.manager), None)
        return self._address(manager) if manager else ""

    def _team_channel(self, team: str) -> Recipient:
        route = self.teams.get(team)
        return Recipient("slack", (route.channel if route else None) or self.default_channel, "team channel")
