"""Signatures are those of the Standard Webhooks specification."""

from earnest.webhooks.signature import secret_of, signature_of


def test_signature_is_the_one_of_the_specifications_example():
    signature = signature_of(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secret_follows_from_the_password_and_the_id_and_tells_neither():
    first, other = secret_of("password", "a"), secret_of("password", "b")
    assert first == secret_of("password", "a")
    assert len({first, other, secret_of("other", "a")}) == 3
    assert first.startswith("whsec_")
    assert len(first) == 6 + 44
