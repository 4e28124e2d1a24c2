from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from epm.platform import scaffolding


class Command(BaseCommand):
    help = "Make a new bounded context: rooms, contract, permission, doors and tests."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="of the context, e.g. loyalty")
        parser.add_argument("--model", metavar="NOUN", help="its first model, e.g. Card")

    def handle(self, *, name: str, model: str | None, **options: object) -> None:
        root = Path(settings.BASE_DIR)
        try:
            files = scaffolding.make(root=root, name=name, noun=model)
        except scaffolding.CannotScaffoldError as refused:
            raise CommandError(f"{refused} Nothing was changed.") from refused
        for path in files:
            self.stdout.write(str(path.relative_to(root)))
        self.stdout.write("Next: docs/contexts.md says what to do with it.")
