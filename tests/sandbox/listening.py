"""A server on loopback that ends at once when it is told to, whatever its connections are doing."""

import contextlib
import selectors
import socket
import socketserver
import threading
from typing import Any

LOOPBACK = "127.0.0.1"


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """One port, one thread for each connection to it, and the connections it holds open."""

    scheme = "http"
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, name: str, port: int, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__((LOOPBACK, port), handler)
        self.name = name
        self.stopping = threading.Event()
        self.socket.setblocking(False)
        self._connections: set[socket.socket] = set()
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name=f"sandbox {name}", daemon=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOOPBACK}:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the server and every connection to it, also the hanging ones."""
        self.stopping.set()
        self._waker.close()
        if self._thread.is_alive():
            self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._woken.close()
        self.server_close()

    def _serve(self) -> None:
        """`serve_forever` without its polling: it sleeps until somebody connects or `stop` wakes it.

        Who wakes it for nothing (`stop`, or a client that is gone already) leaves nobody to accept: OSError.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self.stopping.is_set():
                selector.select()
                with contextlib.suppress(OSError):
                    self.process_request(*self.get_request())

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours; everything else is worth its traceback."""
        if not self.stopping.is_set():
            super().handle_error(request, client_address)
