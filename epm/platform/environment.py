"""Read the environment; collect every mistake, then say them all at once."""

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import environ
import psycopg
from psycopg.conninfo import conninfo_to_dict

from epm.platform.signing_key import is_rsa_key

T = TypeVar("T")
REDIS_SCHEMES = ("redis", "rediss", "unix")


class Environment:
    """Typed reads that note a mistake and carry on, so that one start shows them all."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self.variables = variables
        self.mistakes: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.variables.get(name) or default

    def words(self, name: str, default: str) -> list[str]:
        """A comma-separated list."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def flag(self, name: str, *, default: bool) -> bool:
        said = self.variables.get(name, "").strip().lower()
        if not said:
            return default
        if said in {"0", "false", "no", "off"}:
            return False
        if said not in environ.Env.BOOLEAN_TRUE_STRINGS:
            self._note(name, said, "must be 0 or 1")
        return True

    def number(self, name: str, default: int, *, at_least: int, at_most: int) -> int:
        said = self.variables.get(name)
        if not said:
            return default
        try:
            value = int(said)
        except ValueError:
            value = None
        if value is None or not at_least <= value <= at_most:
            self._note(name, said, f"must be a whole number from {at_least} to {at_most}")
            return default
        return value

    def choice(self, name: str, default: str, *, among: tuple[str, ...]) -> str:
        said = self.text(name, default)
        if said not in among:
            self._note(name, said, f"must be one of: {', '.join(among)}")
            return default
        return said

    def read(self, name: str, default: str, *, by: Callable[[str], T], rule: str) -> T:
        """What `by` makes of the text; it raises ValueError for what breaks the rule."""
        said = self.text(name, default)
        try:
            return by(said)
        except ValueError:
            self._note(name, said, rule)
            return by(default)

    def among(self, name: str, known: tuple[str, ...]) -> frozenset[str]:
        """A comma-separated list of known words; none by default."""
        said = self.words(name, "")
        if unknown := [word for word in said if word not in known]:
            self._note(name, ",".join(unknown), f"must be among: {', '.join(known)}")
        return frozenset(said)

    def origins(self, name: str) -> list[str]:
        """A comma-separated list of `scheme://host`."""
        said = self.words(name, "")
        for origin in said:
            if not origin.startswith(("http://", "https://")):
                self._note(name, origin, "must begin with http:// or https://")
        return said

    def networks(self, name: str) -> list[str]:
        """A comma-separated list of `address` or `address/bits`."""
        said = self.words(name, "")
        for network in said:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                self._note(name, network, "must be an address or a network such as 10.0.0.0/8")
        return said

    def header(self, name: str, default: str) -> str:
        """What may stand in a header."""
        said = self.text(name, default)
        if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,128}", said):
            self._note(name, said, "must be 1 to 128 letters, digits or _ . : -")
        return said

    def secret(self, name: str, *, at_least: int) -> str:
        """A secret that nobody else can know: never a default in the code."""
        said = self.variables.get(name, "")
        if not said:
            self.mistakes.append(
                f"{name} is missing: with DATABASE_URL set, give {at_least} random characters."
            )
        elif len(said) < at_least:
            self.mistakes.append(f"{name} is too short: give {at_least} random characters or more.")
        return said

    def secrets(self, name: str, *, at_least: int) -> list[str]:
        """A comma-separated list of secrets, newest first; none by default."""
        said = self.words(name, "")
        if any(len(secret) < at_least for secret in said):
            self.mistakes.append(f"{name} is too short: give {at_least} random characters each.")
        return said

    def private_key(self, name: str) -> str:
        r"""An RSA key in PEM; a line may end in a written \n. Empty when there is none."""
        said = self.variables.get(name, "").replace("\\n", "\n")
        if said and not is_rsa_key(said):  # not repeated here: it is a secret
            self.mistakes.append(f"{name} must be an RSA private key of 2048 bits or more, in PEM.")
        return said

    def database(self, name: str) -> dict[str, Any]:
        """Django's connection settings from any libpq URL (sockets, several hosts, TLS)."""
        url = self.variables.get(name, "")
        if not url:
            self.mistakes.append(f"{name} is missing: write postgresql://USER:PASSWORD@HOST/NAME.")
            return {}
        try:
            parts = dict(conninfo_to_dict(url))
        except psycopg.ProgrammingError:
            parts = {}
        if not url.startswith(("postgres://", "postgresql://")) or not parts.get("dbname"):
            # The URL holds a password: it is not repeated here.
            self.mistakes.append(
                f"{name} must look like postgresql://USER:PASSWORD@HOST:PORT/NAME."
            )
            return {}
        return {
            "NAME": parts.pop("dbname"),
            "USER": parts.pop("user", ""),
            "PASSWORD": parts.pop("password", ""),
            "HOST": parts.pop("host", ""),
            "PORT": parts.pop("port", ""),
            "OPTIONS": parts,
        }

    def redis(self, name: str, *, default: str = "") -> str:
        url = self.text(name, default)
        parts = urlsplit(url)
        if parts.scheme not in REDIS_SCHEMES or not (parts.netloc or parts.path.strip("/")):
            self.mistakes.append(
                f"{name} is missing: write redis://:PASSWORD@HOST:6379/0."
                if not url
                else f"{name} must look like redis://HOST:6379/0 or unix:///PATH?db=0."
            )
            return "redis://localhost:6379/0"
        return url

    def refuse_mistakes(self) -> None:
        """End the program with one line for each mistake."""
        if self.mistakes:
            sys.stderr.write("".join(f"Setting wrong: {line}\n" for line in self.mistakes))
            raise SystemExit(1)

    def _note(self, name: str, said: str, rule: str) -> None:
        self.mistakes.append(f"{name}={said!r} {rule}.")


def redis_database(url: str, offset: int) -> str:
    """The same server, `offset` databases further."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        query["db"] = str(int(query.get("db", 0)) + offset)
        return f"unix://{parts.path}?{urlencode(query)}"
    number = int(parts.path.strip("/") or 0) + offset
    return parts._replace(path=f"/{number}").geturl()


def celery_url(url: str) -> str:
    """Celery spells the URL of a unix socket in its own way."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    query = parse_qs(parts.query)
    password = query.get("password", [""])[-1]
    database = query.get("db", ["0"])[-1]
    login = f":{password}@" if password else ""
    return f"redis+socket://{login}{unquote(parts.path)}?virtual_host={database}"
