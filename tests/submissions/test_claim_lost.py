"""Whoever loses the claim to the database in the middle of a submission sends nothing that another process sends."""

import pytest

from earnest.submissions.errors import RiskNotAccepted
from tests.submissions.post import Faulty, Killed


def kill() -> None:
    raise Killed


@pytest.mark.parametrize(("moment", "method"), [("before", "try_call"), ("before", "prepare"), ("after", "prepare")])
@pytest.mark.parametrize("labels", [(1,), (1, 0)])
def test_who_lost_the_claim_in_the_middle_sends_nothing_that_another_process_has_sent(
    each_post, moment, method, labels
):
    """The other one takes over, and brings the submission to its end, while this one is about to sign it."""
    name = each_post.write(labels)
    other = each_post.sender()
    hook = {moment: {method: lambda: other.drive(name)}}
    each_post.sender(gateway=Faulty(each_post.gateway.url, **hook)).drive(name)
    assert each_post.statuses(name) == ["confirmed"] * len(labels)
    assert (each_post.count(), len(each_post.transactions())) == (len(labels), 1)


@pytest.mark.parametrize("method", ["try_call", "prepare"])
def test_who_lost_the_claim_in_the_middle_signs_nothing_that_another_process_has_signed(each_post, method):
    """The other one is killed between storing the transaction and sending it."""
    name = each_post.write()

    def take_over() -> None:
        with pytest.raises(Killed):
            each_post.sender(gateway=Faulty(each_post.gateway.url, before={"send": kill})).drive(name)

    each_post.sender(gateway=Faulty(each_post.gateway.url, before={method: take_over})).drive(name)
    assert (each_post.statuses(name), each_post.count()) == (["prepared"], 0)
    each_post.sender().settle_all()
    assert (each_post.statuses(name), each_post.count()) == (["confirmed"], 1)
    assert len(each_post.transactions()) == 1


def test_what_another_process_has_signed_is_not_written_down_as_refused(each_post):
    name = each_post.write()
    other = each_post.sender()

    def take_over_and_refuse() -> None:
        other.drive(name)
        raise RiskNotAccepted("The answer of a node that has seen another state.")

    each_post.sender(gateway=Faulty(each_post.gateway.url, before={"try_call": take_over_and_refuse})).drive(name)
    assert (each_post.statuses(name), each_post.count()) == (["confirmed"], 1)
