#!/usr/bin/env python3
"""Asks a hub in the name of millions of addresses, as a proxy that it trusts, and says what memory
that took and whether a client that was over its limit before still is.

    clients.py <port> <process id of the hub> <clients> <bytes that the windows may take>
"""

import socket
import sys

PIPELINED = 100
CONNECTIONS = 8


def request(address):
    return b"GET /version HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n\r\n" % address


def read(connection, count):
    """The answers to so many requests."""
    received = b""
    while received.count(b"\r\n\r\n{") < count or not received.endswith(b"}"):
        part = connection.recv(1 << 20)
        if not part:
            sys.exit("the hub closed a connection")
        received += part
    return received


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def main():
    port, pid, clients, bound = (int(word) for word in sys.argv[1:])
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    limited = connections[0]
    for _ in range(3):
        limited.sendall(request(b"203.0.113.1") * PIPELINED)
        answers = read(limited, PIPELINED)
    refused_before = answers.count(b"HTTP/1.1 429 ")
    before = resident(pid)
    refused = 0
    for start in range(0, clients, PIPELINED * CONNECTIONS):
        for index, connection in enumerate(connections):
            first = start + index * PIPELINED
            networks = range(first, first + PIPELINED)
            connection.sendall(
                b"".join(request(b"2001:%x:%x:1::1" % (n >> 16, n & 0xFFFF)) for n in networks))
        for connection in connections:
            refused += read(connection, PIPELINED).count(b"HTTP/1.1 429 ")
    grown = resident(pid) - before
    limited.sendall(request(b"203.0.113.1") * PIPELINED)
    refused_after = read(limited, PIPELINED).count(b"HTTP/1.1 429 ")
    print(f"clients: {clients:,}, each once; refused of them: {refused:,}")
    print(f"memory grew by {grown / 1e6:.1f} MB; windows may take {bound / 1e6:.1f} MB")
    print(f"a client over its limit: {refused_before} of {PIPELINED} refused before, "
          f"{refused_after} of {PIPELINED} after")
    is_good = grown <= bound and refused == 0 and refused_before == refused_after == PIPELINED
    sys.exit(0 if is_good else 1)


main()
