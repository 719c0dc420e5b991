"""The quality page's forms: a look that cannot be made now leaves the page to who has shown to be the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from earnest.accounts.errors import TokenInvalid
from earnest.dashboard.pages.quality import _done
from earnest.errors import EarnestError
from earnest.pools.quality.looking import QualityBusy, QualityNotAllowed, QualityUnavailable
from earnest.reviews.schemas import PolicyShown, Verdict

OWNER = "0xowner"


class Reviews:
    """Refuses a look, and keeps no verdict."""

    def __init__(self, refusal: EarnestError) -> None:
        self.refusal = refusal

    def policy(self, *_: Any) -> PolicyShown:
        return PolicyShown()

    def look(self, *_: Any) -> Any:
        raise self.refusal

    quality = look

    def decide(self, *_: Any) -> Verdict:
        raise AssertionError("an unfit verdict was passed on")


class Pages:
    """Says which page would be shown, and how what was done is written down."""

    def __init__(self, refusal: EarnestError, *, known: bool = True) -> None:
        self.reviews = self.administration = Reviews(refusal)
        self.known = known
        self.noted = ""

    def page(self, which: str, owner: str | None, status: int = 200, **more: Any) -> Any:
        return "open", owner, status, more.get("message")

    def closed(self, which: str, status: int = 200, message: str | None = None) -> Any:
        return "closed", None, status, message

    @contextmanager
    def acting(self, token: str, what: str) -> Iterator[str | None]:
        if not self.known:
            raise TokenInvalid("Who?")
        try:
            yield None if token else OWNER
            self.noted = "done"
        except EarnestError as error:
            self.noted = error.type
            raise


@pytest.mark.parametrize("action", ["look", "queue"])
@pytest.mark.parametrize(("token", "who"), [("", OWNER), ("t", None)])
@pytest.mark.parametrize("refusal", [QualityBusy("Another pool is looked at."), QualityUnavailable("Install it.")])
def test_look_that_cannot_be_made_now_leaves_the_page_open_with_the_reason(
    refusal: EarnestError, token: str, who: str | None, action: str
) -> None:
    pages = Pages(refusal)
    found = _done(pages, "p", {"token": token, "action": action})  # type: ignore[arg-type]
    assert found == ("open", who, refusal.status, refusal.detail)
    assert pages.noted == refusal.type


def test_who_is_not_the_owner_sees_the_closed_page() -> None:
    pages = Pages(QualityNotAllowed("It is another's."))
    assert _done(pages, "p", {"action": "look"}) == ("closed", None, 403, "It is another's.")  # type: ignore[arg-type]
    unknown = Pages(QualityBusy("Busy."), known=False)
    found: Any = _done(unknown, "p", {"token": "x", "action": "look"})  # type: ignore[arg-type]
    assert found[0] == "closed"
    assert found[2] == 401
    assert "admin token is wrong" in found[3]


def test_note_that_cannot_be_kept_is_refused_in_a_sentence() -> None:
    given = {"action": "verdicts", "verdict-1": "fine", "note-1": "a\0b"}
    found: Any = _done(Pages(QualityBusy("Busy.")), "p", given)  # type: ignore[arg-type]
    assert found[:3] == ("open", OWNER, 422)
    assert found[3].startswith("Note: it holds characters that are not taken here")
