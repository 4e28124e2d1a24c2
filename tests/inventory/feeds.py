"""What a till reads of its feed."""

import json

FEED = "/api/v1/stock/feed"


def told(client, since=None, *, store="NORD"):
    """The lines of a feed: the first, those between, and the cursor."""
    query = {"store": store} | ({"since": since} if since else {})
    answer = client.get(FEED, query)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/x-ndjson"
    first, *between, last = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert (first["type"], last["type"]) == ("feed", "end")
    return first, between, last["cursor"]


def named(lines):
    """What the lines tell of: SKUs, and products whose level it is."""
    return [line.get("sku") or line["product"] for line in lines]
