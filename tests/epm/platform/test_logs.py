import json
import logging

from epm.platform import logs


def test_an_api_key_never_reaches_a_log_line():
    record = logging.makeLogRecord(
        {"msg": "GET /api/v1/stores?apikey=rk_live_ab12_Sec-ret_9", "args": (), "levelname": "INFO"}
    )

    line = logs.formatter(format_="json").format(record)

    assert json.loads(line)["event"] == "GET /api/v1/stores?apikey=rk_live_ab12_…"
