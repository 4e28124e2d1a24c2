"""The schema says what the API does; the pages that show it load nothing from elsewhere."""

import os
import re

import jsonschema
import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.factories import chain
from tests.factories import house as building

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_is_drawn_without_a_warning(capsys):
    call_command("spectacular", validate=True, fail_on_warn=True, file=os.devnull)

    assert capsys.readouterr().err == ""


def test_is_served_to_everybody():
    answer = Client().get("/api/schema", headers={"accept": "application/json"})

    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "EPM Retail"


def test_the_key_and_the_problems_are_declared(schema):
    assert schema["components"]["securitySchemes"]["apiKey"] == {
        "type": "apiKey",
        "in": "header",
        "name": "apikey",
    }
    assert schema["components"]["securitySchemes"]["bearer"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if not path.startswith("/api/auth/"):
                assert {"apiKey": []} in operation["security"]
                assert {"bearer": []} in operation["security"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def strict(part):
    """OpenAPI 3.0 as JSON Schema: nullable spelled out, nothing beyond what is declared."""
    if isinstance(part, list):
        return [strict(one) for one in part]
    if not isinstance(part, dict):
        return part
    plain = {name: strict(value) for name, value in part.items() if name != "nullable"}
    if "properties" in plain and "additionalProperties" not in plain:
        plain["additionalProperties"] = False
    if part.get("nullable"):
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


def operation_for(schema, path):
    fewest_words_first = sorted(schema["paths"].items(), key=lambda one: one[0].count("{"))
    for template, methods in fewest_words_first:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path.partition("?")[0]):
            return methods["get"]
    raise AssertionError(path)


def test_every_answer_is_as_declared(schema):
    house = building.house()
    client = chain.api_client()
    paths = [*house["mine"]["paths"].values(), *house["chain"].values()]
    reads = {path for path, methods in schema["paths"].items() if "get" in methods}
    assert len(paths) >= len(reads - {"/api/v1/stock/holds/{basket}"})  # it is its holder's alone
    components = strict({"components": schema["components"]})

    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        ((media_type, content),) = operation_for(schema, path)["responses"]["200"][
            "content"
        ].items()
        assert answer["Content-Type"].startswith(media_type)
        if media_type == "application/json":
            jsonschema.validate(answer.json(), strict(content["schema"]) | components)


def test_a_problem_is_as_declared(schema):
    answer = chain.api_client().get("/api/v1/stores?x=1")

    jsonschema.validate(answer.json(), strict(schema["components"]["schemas"]["Problem"]))


def test_swagger_ui_loads_from_here_alone():
    page = Client().get("/api/docs")

    assert page.status_code == 200
    html = page.content.decode()
    sources = re.findall(r"""(?:src|href)=["']([^"']+)""", html)
    assert len(sources) >= 4
    for source in sources:
        assert source.startswith("/"), source
        assert not source.startswith("//")
        if source.startswith("/static/"):
            unhashed = re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", source)
            assert finders.find(unhashed.removeprefix("/static/")), source
    assert "<script>" not in html
    script = Client().get(next(one for one in sources if "script" in one)).content.decode()
    assert not re.search(r"https?://(?!localhost|testserver)", script)
