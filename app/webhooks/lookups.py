"""Looking names up, for so long and no longer.

The system's resolver takes no limit: behind a name server that is silent it waits for half a minute, and behind one
that drips for as long as that likes. So it is asked by threads of their own, which nobody waits for to the end.
"""

import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future

from earnest.webhooks.addresses import Resolve

#: Seconds in which a name must be found.
LOOKUP_SECONDS = 5.0
#: Most names that are looked up at once: the threads of those that nobody waits for any more are among them.
MOST_LOOKUPS = 64


class Lookups:
    """A resolver that answers in time, or fails.

    A name that is being looked up is not looked up once more: a name that never answers costs one thread, however often
    it is asked for.

    Args:
        resolver: the one that may hang.
        seconds: in which it must answer.
        most: look-ups at once.
    """

    def __init__(self, resolver: Resolve, seconds: float = LOOKUP_SECONDS, most: int = MOST_LOOKUPS) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._most = most
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str, int], Future[Sequence[str]]] = {}

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host.

        Raises:
            OSError: the resolver says so, does not answer in time, or is busy with too many others.
        """
        found = self._begin((host, port))
        try:
            return found.result(self._seconds)
        except TimeoutError:
            if found.done():
                # the resolver's own
                raise
            raise OSError(f"{host} was not found within {self._seconds:g} s") from None

    def _begin(self, name: tuple[str, int]) -> Future[Sequence[str]]:
        with self._lock:
            known = self._under_way.get(name)
            if known is not None:
                return known
            if len(self._under_way) >= self._most:
                raise OSError("too many names are being looked up")
            begun = self._under_way[name] = Future[Sequence[str]]()
        # a daemon: a process that ends does not wait for it either
        threading.Thread(target=self._look, args=(name, begun), name=f"look-up of {name[0]}", daemon=True).start()
        return begun

    def _look(self, name: tuple[str, int], begun: Future[Sequence[str]]) -> None:
        try:
            found = self._resolver(*name)
        except BaseException as error:
            self._end(name)
            begun.set_exception(error)
        else:
            self._end(name)
            begun.set_result(found)

    def _end(self, name: tuple[str, int]) -> None:
        with self._lock:
            del self._under_way[name]


def _ask_system(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


#: What the system's resolver says, in time; raises OSError where the name is unknown, or nobody says so.
resolve: Resolve = Lookups(_ask_system)
