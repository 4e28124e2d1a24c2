"""A mail server in a process of its own that keeps what it is sent: `python smtp_sink.py FOLDER`.

It writes its port to FOLDER/port and each message to FOLDER/N.eml. While FOLDER/busy exists it
takes nothing (451).
"""

import socketserver
import sys
from pathlib import Path


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        folder = self.server.folder
        self._say("220 sink")
        for line in self.rfile:
            verb = line.decode("latin-1").strip().upper()[:4]
            if verb == "QUIT":
                self._say("221 bye")
                return
            if verb == "RCPT" and (folder / "busy").exists():
                self._say("451 busy, try later")
            elif verb == "DATA":
                self._say("354 go on")
                self._keep(folder)
                self._say("250 kept")
            else:
                self._say("250 ok")

    def _keep(self, folder):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        number = len(list(folder.glob("*.eml"))) + 1
        (folder / f"{number}.eml").write_bytes(b"".join(lines))

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


def serve(folder):
    with socketserver.TCPServer(("127.0.0.1", 0), Session) as server:
        server.folder = folder
        (folder / "port.new").write_text(str(server.server_address[1]))
        (folder / "port.new").rename(folder / "port")
        server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
