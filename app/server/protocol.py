"""HTTP on a connection, where what comes after a request's head may be no HTTP while the request is answered."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: States in which an answer can begin.
_UNANSWERED = (h11.IDLE, h11.SEND_RESPONSE)


class OneAnswer(H11Protocol):
    """uvicorn's, which answers 400 to what it cannot read, and then lets the request's own answer fail."""

    def send_400_response(self, msg: str) -> None:
        """Answer, unless the request has its answer; what still works on one is told that its client is gone."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in _UNANSWERED:
            super().send_400_response(msg)
        else:
            self.transport.close()
