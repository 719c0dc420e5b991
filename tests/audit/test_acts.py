"""The audit log in pages, newest first."""

from earnest.accounts.service import OPERATOR
from earnest.audit.service import AuditService
from tests.sign_in.conftest import Door, door

__all__ = ["door"]


def test_pages_of_the_log_go_back_to_its_beginning(door: Door):
    for number in range(5):
        with door.accounts.acting("admin", f"act {number}", "a-request"):
            pass
    audits, seen, before = AuditService(door.sessions), [], None
    while True:
        items, before = audits.page(before, 2)
        seen += [item.action for item in items]
        if before is None:
            break
    assert seen == [f"act {number}" for number in reversed(range(5))]
    assert items[0].actor == OPERATOR.shown == "operator"
    assert items[0].request_id == "a-request"
