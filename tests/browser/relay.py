"""The network between a browser and the product: it can be cut, and it can lose answers."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Relay:
    """Passes bytes to the product, at an address of its own (`url`), as long as it is up.

    `deaf`: requests arrive, their answers do not.
    """

    def __init__(self, site):
        self._target = (urlsplit(site).hostname, urlsplit(site).port)
        self._lock = threading.Lock()
        self._open = set()
        self._door = None
        self.deaf = False
        self.port = 0
        self.up()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def up(self):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", self.port))
        door.listen(64)
        self.port = door.getsockname()[1]
        self._door = door
        threading.Thread(target=self._serve, args=(door,), daemon=True).start()

    def down(self):
        """No new connection is taken, and those there are break."""
        with self._lock:
            left, self._open = self._open, set()
        for one in [self._door, *left]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self, door):
        while True:
            try:
                near, _address = door.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._open |= {near, far}
            for source, sink, answers in ((near, far, False), (far, near, True)):
                threading.Thread(
                    target=self._pass, args=(source, sink, answers), daemon=True
                ).start()

    def _pass(self, source, sink, answers):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if not (answers and self.deaf):
                    sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
