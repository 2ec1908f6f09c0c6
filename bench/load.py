"""A load generator: keeps connections busy with POSTs for some seconds. Reads a job from stdin, writes what it saw.

It runs in a process of its own and formats every request beforehand, so that it takes little of the two cores.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter


class Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Begin a request."""
        self.got = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """The status, once the whole answer is here; 0 before."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("The server closed the connection.")
        self.got += piece
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return 0
        lines = head.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
        return int(head.split(b" ", 2)[1]) if len(body) >= length else 0


def main() -> None:
    """Run one job: {"port", "path", "headers", "bodies", "connections", "seconds", "prefix"}."""
    job = json.load(sys.stdin)
    requests = iter([request_bytes(job, number, body) for number, body in enumerate(job["bodies"])])
    times, statuses = [], Counter()
    selector = selectors.DefaultSelector()
    for _ in range(job["connections"]):
        one = Connection(job["port"])
        selector.register(one.socket, selectors.EVENT_READ, one)
        one.send(next(requests))
    start = time.perf_counter()
    busy = job["connections"]
    while busy:
        for key, _events in selector.select():
            one = key.data
            status = one.receive()
            if not status:
                continue
            now = time.perf_counter()
            times.append(now - one.sent_at)
            statuses[status] += 1
            request = next(requests, None) if now - start < job["seconds"] else None
            if request is None:
                selector.unregister(one.socket)
                one.socket.close()
                busy -= 1
            else:
                one.send(request)
    seconds = time.perf_counter() - start
    json.dump({"seconds": seconds, "times": times, "statuses": statuses}, sys.stdout)


def request_bytes(job: dict, number: int, body: dict) -> bytes:
    """The whole request, ready to be sent."""
    content = json.dumps(body).encode()
    lines = [f"POST {job['path']} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(content)}", f"Idempotency-Key: {job['prefix']}-{number}"]
    lines += [f"{name}: {value}" for name, value in job["headers"].items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


if __name__ == "__main__":
    main()
