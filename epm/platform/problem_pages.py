"""The page behind each problem's `type`: docs/problems/<code>.md, as it is written."""

import re
from pathlib import Path
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

PAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "problems"
CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?", re.ASCII)

LONGEST: Final = 100


@require_safe
def page(_request: HttpRequest, code: str) -> HttpResponse:
    """The explanation, open to everybody: it holds nothing of the chain."""
    if len(code) > LONGEST or not CODE.fullmatch(code):
        raise Http404
    path = PAGES / f"{code}.md"
    if not path.is_file():
        raise Http404
    return HttpResponse(path.read_text(encoding="utf-8"), content_type="text/plain; charset=utf-8")
