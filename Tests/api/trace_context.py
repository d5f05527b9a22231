"""Stands between the W3C trace-context harness and a hub. The harness posts a list of addresses and
expects a service to call each of them in the trace of the request; a hub passes a trace on to the
events that it publishes. So this reports an event with the harness's own trace headers, reads it
back, and calls the address with the trace that stands in the event.

Usage: trace_context.py <port> <hub> <token>
"""

import http.client
import http.server
import json
import sys
import urllib.parse

HUB = urllib.parse.urlsplit(sys.argv[2])
TOKEN = "Bearer " + sys.argv[3]
TRACE_HEADERS = ("traceparent", "tracestate")


def ask(connection, method, target, headers, body=None):
    """One request, its header fields exactly these and in this order."""
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    return connection.getresponse()


def published_trace(headers):
    """The trace of an event that was reported with these headers."""
    connection = http.client.HTTPConnection(HUB.hostname, HUB.port, timeout=10)
    mine = [("Authorization", TOKEN)]
    answer = ask(
        connection, "POST", "/event/unified", mine + headers,
        b'{"event_type":"trace_context_checked"}')
    body = json.loads(answer.read())
    if answer.status != 202:
        raise RuntimeError(f"the hub answered {answer.status}: {body}")
    answer = ask(connection, "GET", answer.getheader("Location"), mine)
    event = json.loads(answer.read())["event"]
    connection.close()
    return [(name, event[name]) for name in TRACE_HEADERS if name in event]


class Service(http.server.BaseHTTPRequestHandler):
    """The service that the harness tests."""

    def do_POST(self):
        """Calls each address of the list in the request's trace."""
        calls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = [one for one in self.headers.items() if one[0].lower() in TRACE_HEADERS]
        for call in calls:
            place = urllib.parse.urlsplit(call["url"])
            connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
            target = place.path + ("?" + place.query if place.query else "")
            ask(connection, "POST", target, published_trace(headers),
                json.dumps(call["arguments"]).encode()).read()
            connection.close()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        """Keeps quiet."""


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
