"""Lines of the log: an object each, with the request's and the transaction's id, and without secrets."""

import json
import logging

import pytest

from earnest.operations.logs import JsonFormatter, TextFormatter, without_secrets
from earnest.web.dependencies import REQUEST


def record(message: str, *values: object, failed: bool = False) -> logging.LogRecord:
    info = None
    if failed:
        try:
            raise ValueError("Bearer abcdefgh")
        except ValueError as error:
            info = (ValueError, error, error.__traceback__)
    return logging.LogRecord("earnest.x", logging.WARNING, __file__, 1, message, values, info)


def test_object_names_the_request_and_the_transaction():
    given = REQUEST.set("a-request")
    try:
        said = json.loads(JsonFormatter().format(record("Transaction %s is open again", "0x" + "ab" * 32)))
        line = TextFormatter().format(record("x"))
    finally:
        REQUEST.reset(given)
    assert (said["request"], said["transaction"], said["level"]) == ("a-request", "0x" + "ab" * 32, "warning")
    assert line.endswith("x [a-request]")
    assert "request" not in json.loads(JsonFormatter().format(record("x")))


@pytest.mark.parametrize(
    "text",
    [
        "Bearer SECRETSECRETSECRETSECRET",
        "token ea_SECRETSECRETSECRETSECRET expired",
        "er_SECRETSECRETSECRETSECRET",
        "ek_SECRETSECRETSECRETSECRET",
        "postgresql+psycopg://ada:SECRETSECRET@host/db",
        "key=SECRETSECRETSECRETSECRET",
        "password: SECRETSECRETSECRETSECRET",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text):
    assert "SECRET" not in without_secrets(text)
    assert "[hidden]" in without_secrets(text)


def test_ids_and_hashes_are_no_secrets():
    text = "Pool 5f0c1c5e-0000-4000-8000-000000000000 of 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed: 0x" + "1" * 64
    assert without_secrets(text) == text


def test_exception_keeps_its_trace_without_its_secrets():
    said = json.loads(JsonFormatter().format(record("broken", failed=True)))
    assert "ValueError" in said["exception"]
    assert "abcdefgh" not in said["exception"]


def test_stranger_begins_no_line_and_moves_no_cursor():
    given = "GET /\n2026-01-01 INFO earnest.audit\r\x1b[31m\x9b1m\u2028\u202e"
    line = TextFormatter().format(record("%s", given))
    assert line.isprintable()
    assert "\\u000a2026-01-01" in line
    told = JsonFormatter().format(record("%s", given))
    assert told.isprintable()
    assert json.loads(told)["message"] == given


def test_error_whose_message_has_breaks_begins_no_line_either():
    try:
        raise ValueError("x\n2026-01-01 INFO earnest.audit\x1b[31m")
    except ValueError as error:
        given = logging.LogRecord("earnest.x", logging.ERROR, "x", 1, "broken", (), (ValueError, error, None))
    lines = TextFormatter().format(given).split("\n")
    assert [line for line in lines[1:] if not line.startswith("  ")] == []
    assert all(line.isprintable() for line in lines)
