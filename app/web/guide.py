"""The guide under /guide: pages that `make docs` built, or a sentence where it has not."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles

BUILT = Path(__file__).parent / "guide"
PATH = "/guide"


def mount_guide(app: FastAPI, built: Path = BUILT) -> None:
    """Serve the guide; what is not there is answered with a sentence.

    Args:
        app: the web application.
        built: folder of the built pages.
    """
    if (built / "index.html").is_file():
        app.mount(PATH, StaticFiles(directory=built, html=True), name="guide")
        return

    @app.get(PATH, include_in_schema=False)
    @app.get(PATH + "/{page:path}", include_in_schema=False)
    def unbuilt(page: str = "") -> PlainTextResponse:
        """Say what to do."""
        return PlainTextResponse("The guide is not built here: run `make docs`, then start the service again.", 404)
