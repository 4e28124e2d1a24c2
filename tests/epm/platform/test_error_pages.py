"""What a person is told by a page that cannot be shown, and where to go from there."""

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils import translation

from epm.platform import problems

HOME = '<a href="/">'


def test_an_unknown_address_leads_home(client):
    answer = client.get("/nowhere/")

    text = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no such page" in text
    assert HOME in text
    assert "nowhere" not in text


@pytest.mark.parametrize(
    ("language", "status", "heading", "home"),
    [
        ("en", 403, "This page is not open to you", "Go to the start page"),
        ("fr", 403, "Cette page ne vous est pas ouverte", "Aller à la page d’accueil"),
        ("en", 500, "Something went wrong on our side", "Go to the start page"),
        ("fr", 500, "Une erreur s’est produite chez nous", "Aller à la page d’accueil"),
    ],
)
def test_a_failure_is_told_in_the_reader_s_language(language, status, heading, home):
    request = RequestFactory().get("/dashboards/")
    with translation.override(language):
        answer = (
            problems.permission_denied(request, PermissionDenied())
            if status == 403
            else problems.server_error(request)
        )

    text = answer.content.decode()
    assert answer.status_code == status
    assert f'<html lang="{language}">' in text
    assert f"<h1>{heading}</h1>" in text
    assert home in text


def test_the_icon_is_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/static/favicon")
    assert finders.find("favicon.svg")
