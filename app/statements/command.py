"""The command `earnest reconcile`."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from json import dumps
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from earnest.chain.embedded.supervisor import URL_FILE
from earnest.chain.errors import ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.config import Settings, SettingsInvalid, read_settings
from earnest.db.engine import Sessions, make_engine, make_sessions
from earnest.db.queries.pools import pool_of_id, pools_in
from earnest.db.tables import Pool
from earnest.errors import EarnestError
from earnest.statements.errors import NothingToReconcile
from earnest.statements.reconcile import Check, reconcile

#: Exit codes: all agrees, something differs, it could not be compared.
AGREED, DIFFERENT, IMPOSSIBLE = 0, 1, 2


def run(environment: Mapping[str, str], which: str | None, data_dir: Path | None, *, json: bool) -> int:
    """Print a line a check of each pool; returns the exit code."""
    try:
        settings = read_settings(environment, **({"data_dir": data_dir} if data_dir is not None else {}))
        gateway = Gateway(_node(settings))
        engine = make_engine(settings.resolved_database_url)
    except (SettingsInvalid, OSError) as error:
        print(error, file=sys.stderr)
        return IMPOSSIBLE
    try:
        sessions = make_sessions(engine)
        pools = _pools(sessions, which)
        code = AGREED
        for pool in pools:
            try:
                for check in reconcile(sessions, gateway, pool.id, _progress if sys.stderr.isatty() else _silent):
                    _print(pool, check, json=json)
                    code = max(code, DIFFERENT) if check.different else code
            except ChainUnavailable:
                raise
            except EarnestError as error:
                # one that the chain does not have, say: the others are compared
                print(f"{pool.name} cannot be compared: {error.detail}", file=sys.stderr)
                code = IMPOSSIBLE
    except EarnestError as error:
        print(error.detail, file=sys.stderr)
        return IMPOSSIBLE
    except SQLAlchemyError as error:
        print(f"The database cannot be read: {str(error).splitlines()[0]}", file=sys.stderr)
        return IMPOSSIBLE
    finally:
        engine.dispose()
    return code


def _pools(sessions: Sessions, which: str | None) -> list[Pool]:
    with sessions() as session:
        if which is None:
            found = list(pools_in(session, "ready"))
        else:
            one = pool_of_id(session, which)
            found = [one] if one is not None and one.status == "ready" else []
    if not found:
        raise NothingToReconcile(f"The database has no deployed pool {which}." if which else "There are no pools yet.")
    return found


def _node(settings: Settings) -> str:
    if settings.chain_url is not None:
        return settings.chain_url
    path = settings.data_dir / URL_FILE
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        raise FileNotFoundError(
            f"There is no running embedded chain ({path} cannot be read): start the service, or set EARNEST_CHAIN_URL."
        ) from None


def _print(pool: Pool, check: Check, *, json: bool) -> None:
    if json:
        print(dumps({"pool": pool.id, **asdict(check)}), flush=True)
        return
    word = "FAILED" if check.different else "ok"
    differ = f", {check.different} differ" if check.different else ""
    print(f"{word:<7} {pool.name} {check.name}: {check.compared} compared{differ}", flush=True)
    for sentence in check.differences:
        print(f"        {sentence}")


def _progress(done: int, of: int) -> None:
    if done % 100 == 0 or done == of:
        print(f"\r{done} of {of} contributions", end="\n" if done == of else "", file=sys.stderr, flush=True)


def _silent(done: int, of: int) -> None:
    """For what reads no terminal."""
