"""The application alone, for whatever server is to be measured; its settings are those of `earnest serve`."""

from earnest.config import Settings
from earnest.runtime import Runtime
from earnest.server.application import create_app

app = create_app(Runtime(Settings()))
