"""One id from the header to the answer, the SQL, the task."""

import pytest


class TestTheAnswer:
    def test_repeats_the_callers_id(self, client):
        response = client.get("/health/live", headers={"X-Request-ID": "till-7:2026.01_a"})

        assert response.headers["X-Request-ID"] == "till-7:2026.01_a"

    @pytest.mark.parametrize(
        "hostile", ["*/ DROP TABLE x; --", "a b", "a\tb", "%s", "x" * 129, "", "é"]
    )
    def test_has_a_new_id_when_the_callers_is_not_sane(self, client, hostile):
        response = client.get("/health/live", headers={"X-Request-ID": hostile})

        assert len(response.headers["X-Request-ID"]) == 36
