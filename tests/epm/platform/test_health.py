"""Alive, ready, degraded, unavailable: with servers of our own that really stop."""

import json
import os
import subprocess
import sys

import pytest
from django.test import override_settings

from tests.epm.embedded.private import ROOT, private_environment

ASK = """
import os, signal, sys
from epm.embedded import provide, leave
provide(os.environ)
os.environ["DJANGO_SETTINGS_MODULE"] = "epm.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from epm.embedded.lifecycle import _places_for_tests
"""


@pytest.mark.django_db(transaction=True)
class TestReady:
    def test_all_is_well(self, client):
        response = client.get("/health/ready")

        assert (response.status_code, response.json()) == (
            200,
            {
                "status": "ok",
                "checks": {"database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"},
            },
        )


def test_live_asks_nobody(client, django_assert_num_queries):
    response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
