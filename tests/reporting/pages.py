"""What a dashboard's HTML says, as a person would read it."""

import html
import re

from tests.factories import chain


def get(user, path, *, status=200, language="en"):
    """The answer, whose text is in `text`."""
    client = chain.signed_in(user)
    client.cookies["django_language"] = language
    answer = client.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.text_of_it = body.decode()
    assert answer.status_code == status, answer.text_of_it[:2000]
    return answer


def words(markup):
    """The text, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


def rows(text, *, part="tbody"):
    """The cells of the page's main table, row by row, as text."""
    table = re.search(r'<table class="figures">(.*?)</table>', text, re.DOTALL)[1]
    body = re.search(rf"<{part}>(.*?)</{part}>", table, re.DOTALL)[1]
    return [
        [words(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def links(text):
    """Every address on the page, by its text; the first of each."""
    found = {}
    for href, inner in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', text, re.DOTALL):
        found.setdefault(words(inner), html.unescape(href))
    return found
