from datetime import timedelta

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from epm.access.selectors import rights
from epm.access.services import api_keys
from epm.platform.refusals import Refusal


class Command(BaseCommand):
    help = "Make an API key and print it, this once. Send it in the header `apikey`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="whose key it is, for people to read")
        parser.add_argument(
            "--scope",
            action="append",
            metavar="SCOPE",
            dest="scopes",
            help=f"what it may read (default: read); one of {', '.join(rights.KEY_SCOPES)}",
        )
        parser.add_argument(
            "--store", action="append", metavar="CODE", dest="stores", help="only this store"
        )
        parser.add_argument(
            "--whole-chain", action="store_true", help="every store (the default without --store)"
        )
        parser.add_argument("--expires", type=int, metavar="DAYS", help="days until it expires")

    def handle(
        self,
        *,
        name: str,
        scopes: list[str] | None,
        stores: list[str] | None,
        whole_chain: bool,
        expires: int | None,
        **options: object,
    ) -> None:
        if expires is not None and not 1 <= expires <= 36_500:
            raise CommandError("--expires takes 1 to 36500 days.")
        try:
            _key, text = api_keys.create(
                name=name,
                scopes=scopes or [rights.READ],
                stores=stores or [],
                whole_chain=whole_chain or not stores,
                expires_at=timezone.now() + timedelta(days=expires) if expires else None,
                by=None,
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.title}. {refusal.detail}") from refusal
        self.stdout.write(text)
