"""What the guide says of how to check a message is right: its own code checks a message that was really sent."""

import contextlib
import io
import re
import time
from pathlib import Path

import pytest

from earnest.webhooks.signature import secret_of, signature_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


@pytest.fixture(scope="module")
def printed():
    """What the page's code prints and defines."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names, output = {}, io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "webhooks.md", "exec"), names)
    return output.getvalue(), names["is_earnests"]


def test_code_of_the_guide_prints_what_it_says(printed):
    assert printed[0].split() == ["True", "False"]


def test_code_of_the_guide_takes_our_messages_and_no_others(printed):
    check, secret, now, body = printed[1], secret_of("password", "id"), int(time.time()), b'{"type": "test"}'

    def headers(sent):
        return {
            "webhook-id": "id.7",
            "webhook-timestamp": str(sent),
            "webhook-signature": signature_of(secret, "id.7", sent, body),
        }

    assert check(secret, headers(now), body)
    assert not check(secret_of("password", "other"), headers(now), body)
    assert not check(secret, headers(now) | {"webhook-id": "id.8"}, body)
    assert not check(secret, headers(now) | {"webhook-timestamp": str(now - 1)}, body)
    # one that somebody kept, and sends again
    assert not check(secret, headers(now - 301), body)
