"""The same encoder, kept by two who deploy or import at once."""

from sqlalchemy import func, select

from earnest.db.queries.encoders import keep_encoder
from earnest.db.tables import Encoder
from tests.fixtures.pools import World
from tests.fixtures.threads import at_once


def test_encoder_that_two_keep_at_once_is_there_once_and_both_go_on(either_world: World) -> None:
    def keep(_: int) -> str:
        with either_world.sessions.begin() as session:
            found = Encoder(hash="0x" + "12" * 32, normaliser="n", num_words=3, content=b"c")
            keep_encoder(session, found)
            return session.get_one(Encoder, found.hash).normaliser

    assert set(at_once(keep)) == {"n"}
    with either_world.sessions() as session:
        assert session.scalar(select(func.count()).where(Encoder.hash == "0x" + "12" * 32)) == 1
