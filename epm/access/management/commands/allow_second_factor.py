from django.core.management import BaseCommand, CommandError, CommandParser

from epm.access.models import Role, User
from epm.access.services import second_factors


class Command(BaseCommand):
    help = (
        "Let people set up a second factor with their password alone, for three days: one by name,"
        " or everybody of a role before EPM_MFA_REQUIRED names it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", metavar="NAME", nargs="*")
        parser.add_argument("--role", choices=Role.values)

    def handle(self, *, names: list[str], role: str | None, **options: object) -> None:
        if bool(names) == bool(role):
            raise CommandError("Name people, or a role with --role.")
        people = User.objects.filter(role=role) if role else User.objects.filter(username__in=names)
        found = list(people.order_by("username"))
        if unknown := set(names) - {user.username for user in found}:
            raise CommandError(f"There is nobody called {', '.join(sorted(unknown))}.")
        for user in found:
            second_factors.allow(user=user, by=None)
        self.stdout.write(f"{len(found)} may set up a second factor for three days.")
