"""Two services on one database: the second waits, says so, and takes over when the first is killed."""

import pytest

from tests.end_to_end.test_start import FIXED, OPERATOR_KEY, PREDICTIONS, contribute, stop_process
from tests.fixtures.service import Service

pytestmark = pytest.mark.loopback


def test_second_service_on_one_database_waits_and_takes_over(tmp_path, postgres_url, anvil_url):
    settings = {
        "CHAIN_URL": anvil_url,
        "OPERATOR_KEY": OPERATOR_KEY,
        "DATABASE_URL": postgres_url,
        "KEYSTORE_PASSWORD": "the-same-for-both",
    }
    first, second = Service(tmp_path / "first", **settings), Service(tmp_path / "second", **settings)
    try:
        first.start()
        pool, account = first.deploy(price=FIXED), first.account()
        contribute(first, pool, account, [1, 2, 3])
        second.launch()
        assert "Another service writes to this database" in second.wait_until_unready()["detail"]
        assert second.ask("POST", f"/pools/{pool['id']}/predictions", PREDICTIONS).status_code == 503
        assert second.http.get("/healthz").status_code == 200
        contribute(first, pool, account, [1, 2, 4])
        first.kill()
        second.wait_until_ready()
        assert second.call("GET", f"/pools/{pool['id']}")["contributions"] == 2
        # with the accounts of the other
        assert contribute(second, pool, account, [1, 2, 5])["status"] == "confirmed"
        assert second.call("GET", f"/pools/{pool['id']}")["liabilities"] == str(3 * 10**15)
        # the first comes back, and waits in its turn
        first.launch()
        assert "Another service writes to this database" in first.wait_until_unready()["detail"]
    finally:
        first.stop()
        second.stop()


@pytest.mark.slow
def test_service_with_another_keystore_password_says_so(tmp_path, postgres_url, anvil_url):
    settings = {"CHAIN_URL": anvil_url, "OPERATOR_KEY": OPERATOR_KEY, "DATABASE_URL": postgres_url}
    first, second = Service(tmp_path / "first", **settings), Service(tmp_path / "second", **settings)
    try:
        first.start()
        first.account()
        stop_process(first)
        second.launch()
        assert "EARNEST_KEYSTORE_PASSWORD" in second.wait_until_unready()["detail"]
        stop_process(second)
        second.settings["KEYSTORE_PASSWORD"] = (first.folder / "keystore-password").read_text().strip()
        second.start()
    finally:
        first.stop()
        second.stop()
