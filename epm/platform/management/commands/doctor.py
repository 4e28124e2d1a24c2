"""Prove every invariant of the data; name the first row that breaks one."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from epm.platform import invariants
from epm.platform.invariants import Finding


class Command(BaseCommand):
    help = "Check every invariant of the data. Exit status 1 when one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in invariants.examined():
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(_line(finding))
        if options["json"]:
            self.stdout.write(json.dumps(_told(findings), ensure_ascii=False))
        if any(finding.broken for finding in findings):
            sys.exit(1)


def _line(finding: Finding) -> str:
    if not finding.broken:
        return f"ok    {finding.invariant.code}: {finding.invariant.law}"
    return (
        f"FAIL  {finding.invariant.code}: {finding.invariant.law}"
        f" Broken by {finding.broken}, first {finding.first}"
    )


def _told(findings: list[Finding]) -> dict[str, Any]:
    return {
        "ok": not any(finding.broken for finding in findings),
        "invariants": [
            {
                "code": finding.invariant.code,
                "law": finding.invariant.law,
                "broken": finding.broken,
                "first": finding.first,
            }
            for finding in findings
        ],
    }
