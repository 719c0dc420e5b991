"""The demo's books: each receipt once, and every wei that was paid in is somewhere."""

from typing import Any

from earnest.demo.books import Books

ADA, BOB = "0x" + "a" * 40, "0x" + "b" * 40


def receipt(number: int, *events: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "transaction_hash": f"0x{number:064x}",
        "gas_used": 100,
        "gas_price": "7",
        "events": [{"name": name, "values": values} for name, values in events],
    }


def paid(index: int, who: str, deposit: int) -> tuple[str, dict[str, Any]]:
    return "Contributed", {"index": index, "contributor": who, "deposit": str(deposit)}


def test_receipt_is_entered_once():
    books = Books()
    for _ in range(2):
        books.enter(receipt(1, paid(0, ADA, 10)), ADA)
    assert (books.lines[ADA].paid, books.lines[ADA].gas, books.claimable) == (10, 700, 10)


def test_what_was_paid_in_is_refunded_reported_collected_burned_or_left():
    books = Books()
    books.enter(receipt(1, *(paid(index, BOB, 10) for index in range(5))), BOB)
    claims = [
        ("Refunded", {"index": 0, "contributor": BOB, "amount": "10"}),
        ("Reported", {"index": 1, "reporter": ADA, "amount": "7"}),
        ("Collected", {"index": 1, "collector": ADA, "amount": "3", "burned": True}),
        ("Collected", {"index": 2, "collector": ADA, "amount": "10", "burned": False}),
        ("Reported", {"index": 3, "reporter": ADA, "amount": "4"}),
        ("Withdrawn", {"account": BOB, "amount": "10"}),
    ]
    books.enter(receipt(2, *claims), ADA)
    ada, bob = books.lines[ADA], books.lines[BOB]
    assert (bob.paid, bob.refunded, bob.withdrawn, bob.result) == (50, 10, 10, -40)
    assert (ada.reported, ada.collected, ada.result) == (11, 10, 21)
    assert (books.burned, books.claimable, books.left[3], books.left[4]) == (3, 16, 6, 10)
    assert books.difference() == 0


def test_wei_that_came_from_nowhere_is_a_difference():
    books = Books()
    books.enter(receipt(1, paid(0, ADA, 10)), ADA)
    books.enter(receipt(2, ("Withdrawn", {"account": ADA, "amount": "1"})), ADA)
    # a withdrawal takes credit, which was counted when it came to be
    assert books.difference() == 0
    books.lines[BOB].reported += 1
    assert books.difference() == -1
