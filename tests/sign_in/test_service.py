"""Signing in, refreshing and ending sessions: each nonce and each refresh token is good once."""

import threading

import pytest
from sqlalchemy import select

from earnest.accounts.errors import TokenInvalid
from earnest.accounts.identity import Identity
from earnest.config import Settings
from earnest.db.tables import SessionToken, SignInSession
from earnest.sign_in.errors import RefreshReused, SessionUnknown, SignInRefused
from earnest.sign_in.service import MAX_SESSIONS, NONCE_SECONDS, SignInService, authorities_of
from earnest.web.limits import Limits
from tests.sign_in.conftest import ADDRESS, HOST, START, Door


@pytest.fixture(autouse=True)
def _clock_of_the_accounts(monkeypatch, request):
    if "door" in request.fixturenames:
        door = request.getfixturevalue("door")
        monkeypatch.setattr("earnest.accounts.service.time.time", lambda: door.now)


def test_signed_message_opens_a_session_whose_token_stands_for_the_account(door: Door):
    signed_in = door.enter()
    assert (signed_in.account, signed_in.access_expires_at) == (ADDRESS, START + 900)
    found = door.accounts.identify(signed_in.access_token)
    assert (found.address, found.session, sorted(found.scopes)) == (ADDRESS, signed_in.session, ["read", "submit"])
    with pytest.raises(TokenInvalid):
        door.accounts.identify(signed_in.refresh_token)


def test_access_token_ends_with_its_time(door: Door):
    signed_in = door.enter()
    door.now += 899
    door.accounts.identify(signed_in.access_token)
    door.now += 1
    with pytest.raises(TokenInvalid):
        door.accounts.identify(signed_in.access_token)


def test_nonce_is_good_once_and_for_minutes_only(door: Door):
    text = door.message()
    door.enter(text)
    with pytest.raises(SignInRefused, match="nonce"):
        door.enter(text)
    late = door.message()
    door.now += NONCE_SECONDS
    with pytest.raises(SignInRefused, match="nonce"):
        door.enter(late)
    with pytest.raises(SignInRefused, match="nonce"):
        door.enter(door.message(nonce="00000000"))


def test_of_two_that_use_a_nonce_at_once_one_gets_in(door: Door):
    text, got = door.message(), []
    signature = door.sign(text)

    def enter() -> None:
        try:
            got.append(door.sign_ins.sign_in(text, signature, HOST).session)
        except SignInRefused:
            got.append(None)

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len([session for session in got if session]) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"domain": "evil.example"}, "signed for evil.example"),
        ({"domain": "127.0.0.1:8001", "uri": "http://127.0.0.1:8001/"}, "signed for"),
        ({"uri": "https://evil.example/"}, "is not on"),
        ({"uri": f"http://{HOST}@evil.example/"}, "is not on"),
        ({"uri": "mailto:ada"}, "is not on"),
        ({"chain": "1"}, "chain 1"),
        ({"issued": "2027-01-15T08:02:00Z"}, "future"),
        ({"more": "\nExpiration Time: 2027-01-15T08:00:00Z"}, "expired"),
        ({"more": "\nNot Before: 2027-01-15T09:00:00Z"}, "not good yet"),
    ],
)
def test_message_for_another_service_chain_or_time_is_refused_and_keeps_its_nonce(door: Door, changes, words):
    nonce = door.sign_ins.nonce().nonce
    with pytest.raises(SignInRefused, match=words):
        door.enter(door.message(nonce=nonce, **changes))
    assert door.enter(door.message(nonce=nonce)).account == ADDRESS


def test_signature_of_another_key_or_text_opens_nothing_and_keeps_the_nonce(door: Door):
    text = door.message()
    for signature in (door.sign(text, "0x" + "47" * 32), door.sign(text + " "), b"", b"\0" * 65, door.sign(text)[:-1]):
        with pytest.raises(SignInRefused, match="not 0x"):
            door.sign_ins.sign_in(text, signature, HOST)
    assert door.enter(text).account == ADDRESS


def test_contract_wallet_signs_in_by_what_it_stands_by(door: Door):
    door.chain.stands = True
    assert door.sign_ins.sign_in(door.message(), b"what the contract takes", HOST).account == ADDRESS


def test_refresh_gives_new_tokens_and_the_session_lasts_no_longer(door: Door):
    first = door.enter()
    door.now += 600
    second = door.sign_ins.refresh(first.refresh_token)
    assert second.session == first.session
    assert second.session_expires_at == first.session_expires_at
    assert len({first.access_token, second.access_token, first.refresh_token, second.refresh_token}) == 4
    door.accounts.identify(second.access_token)
    door.now = second.session_expires_at
    with pytest.raises(SignInRefused):
        door.sign_ins.refresh(second.refresh_token)


def test_refresh_token_that_is_used_twice_ends_the_session_for_everybody(door: Door):
    first = door.enter()
    second = door.sign_ins.refresh(first.refresh_token)
    with pytest.raises(RefreshReused):
        door.sign_ins.refresh(first.refresh_token)
    for token in (first.access_token, second.access_token):
        with pytest.raises(TokenInvalid):
            door.accounts.identify(token)
    with pytest.raises(SignInRefused):
        door.sign_ins.refresh(second.refresh_token)
    assert door.enter().session != first.session


@pytest.mark.parametrize("token", ["", "er_unknown", "ea_unknown", "\ud800"])
def test_what_is_no_refresh_token_refreshes_nothing(door: Door, token):
    with pytest.raises(SignInRefused):
        door.sign_ins.refresh(token)


def test_sessions_are_listed_and_ended_by_their_account_alone(door: Door):
    first = door.enter()
    door.now += 1
    second = door.enter()
    holder = door.accounts.identify(second.access_token)
    assert [(shown.id, shown.current) for shown in door.sign_ins.sessions(holder)] == [
        (second.session, True),
        (first.session, False),
    ]
    stranger = Identity("0x" + "1" * 40, frozenset())
    with pytest.raises(SessionUnknown):
        door.sign_ins.end(stranger, first.session)
    door.sign_ins.end(holder, first.session)
    with pytest.raises(TokenInvalid):
        door.accounts.identify(first.access_token)
    door.sign_ins.end(holder, "current")
    assert door.sign_ins.sessions(holder) == []
    with pytest.raises(SessionUnknown):
        door.sign_ins.end(holder, "current")


def test_one_session_too_many_ends_the_oldest(door: Door):
    made = []
    for _ in range(MAX_SESSIONS + 1):
        door.now += 1
        made.append(door.enter())
    holder = door.accounts.identify(made[-1].access_token)
    assert len(door.sign_ins.sessions(holder)) == MAX_SESSIONS
    with pytest.raises(TokenInvalid):
        door.accounts.identify(made[0].access_token)
    door.accounts.identify(made[1].access_token)


def test_tables_hold_no_token_and_forget_what_is_over(door: Door):
    signed_in = door.enter()
    with door.sessions.engine.connect() as connection:
        dump = [
            str(row)
            for table in ("session_tokens", "sign_in_sessions", "sign_in_nonces")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert len(dump) == 3
    assert not any(token in "".join(dump) for token in (signed_in.access_token, signed_in.refresh_token))
    door.now = signed_in.session_expires_at
    door.sign_ins.nonce()
    with door.sessions.engine.connect() as connection:
        for table, left in (("session_tokens", 0), ("sign_in_sessions", 0), ("sign_in_nonces", 1)):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == left


@pytest.mark.parametrize(
    "domain", ["evil.example", "localhost:3000", "evil.example@127.0.0.1:8000", "evil.example@127.0.0.1", "127.0.0.1"]
)
@pytest.mark.parametrize("settings", [{}, {"host": "0.0.0.0"}, {"public_hosts": "earnest.example"}], ids=str)
def test_whoever_relays_a_message_cannot_claim_that_its_domain_is_ours(door: Door, settings, domain):
    chosen = Settings(**settings)
    sign_ins = SignInService(door.sessions, door.chain, Limits(chosen), chosen, clock=lambda: door.now)
    text = door.message(domain=domain, uri=f"http://{domain}/")
    with pytest.raises(SignInRefused, match="EARNEST_PUBLIC_HOSTS"):
        sign_ins.sign_in(text, door.sign(text), domain)


def test_name_that_the_operator_gave_is_ours_with_any_port_and_behind_a_proxy(door: Door):
    chosen = Settings(public_hosts="earnest.example")
    sign_ins = SignInService(door.sessions, door.chain, Limits(chosen), chosen, clock=lambda: door.now)
    for domain in ("earnest.example", "Earnest.example:8443"):
        text = door.message(domain=domain, uri=f"https://{domain}/")
        assert sign_ins.sign_in(text, door.sign(text), "127.0.0.1:8000").account == ADDRESS
    text = door.message(domain="evil@earnest.example", uri="https://evil@earnest.example/")
    with pytest.raises(SignInRefused):
        sign_ins.sign_in(text, door.sign(text), "127.0.0.1:8000")


def test_port_of_the_web_may_be_left_out():
    assert {"localhost", "localhost:80", "[::1]", "10.0.0.7"} <= authorities_of("10.0.0.7", 80)
    assert "localhost" not in authorities_of("127.0.0.1", 8000)


def test_tables_grow_neither_with_refreshing_nor_with_sessions_that_ended(door: Door, monkeypatch):
    monkeypatch.setattr("earnest.sign_in.service.MAX_USED", 3)
    tokens = [door.enter().refresh_token]
    for _ in range(8):
        door.now += 1
        tokens.append(door.sign_ins.refresh(tokens[-1]).refresh_token)

    def count(kind: type) -> int:
        with door.sessions() as session:
            return len(session.scalars(select(kind)).all())

    door.now += 900
    tokens.append(door.sign_ins.refresh(tokens[-1]).refresh_token)
    # three that were used, and the newest of either kind
    assert count(SessionToken) == 5
    with pytest.raises(SignInRefused):
        door.sign_ins.refresh(tokens[0])
    last = door.sign_ins.refresh(tokens[-1])
    with pytest.raises(RefreshReused):
        door.sign_ins.refresh(tokens[-1])
    with pytest.raises(SignInRefused):
        door.sign_ins.refresh(last.refresh_token)
    with pytest.raises(TokenInvalid):
        door.accounts.identify(last.access_token)
    assert count(SessionToken) == 0
    door.sign_ins.nonce()
    assert count(SignInSession) == 0
