"""The pages' scripts and styles, compressed once when they are built."""

from os import PathLike
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


class Assets(StaticFiles):
    """Files of which a compressed copy may lie beside each; who takes that gets it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or its compressed copy."""
        takes = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if takes and not path.endswith(".gz") and self.lookup_path(f"{path}.gz")[1] is not None:
            answer = await super().get_response(f"{path}.gz", scope)
            answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Content-Type"] = _TYPES.get(Path(path).suffix, "application/octet-stream")
        else:
            answer = await super().get_response(path, scope)
        answer.headers["Vary"] = "Accept-Encoding"
        return answer


_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def assets(folder: str | PathLike[str] = FOLDER) -> Assets:
    """What is mounted under /static."""
    return Assets(directory=folder)
