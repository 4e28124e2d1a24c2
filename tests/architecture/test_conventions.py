"""Rules that no linter knows."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps

from epm.platform.queue import app as queue

OURS = (
    "epm.platform",
    "epm.organization",
    "epm.access",
    "epm.imports",
    "inventory",
    "sales",
    "shop",
    "reporting",
)
ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
LONGEST_MODULE = 300


def services():
    """Every public function of each `services/<noun>`; what a folder holds is private."""
    for context in OURS:
        try:
            package = import_module(f"{context}.services")
        except ModuleNotFoundError:
            continue
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, function in inspect.getmembers(
                import_module(module.name), inspect.isfunction
            ):
                if not name.startswith("_") and function.__module__ == module.name:
                    yield pytest.param(function, id=f"{module.name}.{name}")


def our_models():
    labels = {context.rpartition(".")[2] for context in OURS}
    return [
        pytest.param(model, id=model._meta.label)
        for model in apps.get_models()
        if model._meta.app_label in labels
    ]


def sources():
    for context in OURS:
        for path in sorted((ROOT / context.replace(".", "/")).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


@pytest.mark.parametrize("function", list(services()))
def test_public_services_take_keywords_only(function):
    kinds = {p.kind for p in inspect.signature(function).parameters.values()}

    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("function", list(services()))
def test_public_services_say_what_they_do(function):
    assert inspect.getdoc(function)


@pytest.mark.parametrize("model", our_models())
def test_models_name_their_constraints_and_do_not_order_implicitly(model):
    assert not model._meta.ordering
    assert not model._meta.unique_together


def test_every_enqueued_or_scheduled_name_is_a_task(settings):
    """Names are strings, so only this test can tell a typo."""
    queue.loader.import_default_modules()
    enqueued = re.compile(r'enqueue_on_commit\(\s*"([^"]+)"')
    names = {name for path in sources() for name in enqueued.findall(path.read_text())}
    names |= {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert names <= set(queue.tasks)


def test_files_are_named_for_what_they_hold_and_stay_short():
    badly_named = [str(path) for path in sources() if path.name in FORBIDDEN_NAMES]
    too_long = [
        f"{path}: {lines}"
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE
    ]

    assert badly_named == []
    assert too_long == []


def test_no_context_listens_to_signals():
    banned = re.compile(r"django\.db\.models\.signals|django\.dispatch import receiver")

    assert [str(path) for path in sources() if banned.search(path.read_text())] == []
