// A subscriber over Server-Sent Events, one connection at a time, that blocks with time-outs. What
// it was told last is kept over connections, as a browser does, so connecting again resumes.

import Foundation
import Wire

/// A reader of `/events`; used by one thread.
package final class EventStreamReader {
    /// The server's port; may change between connections.
    package var port: Int
    /// The path and query.
    package var target: String
    /// Where it resumes; empty before the first id.
    package private(set) var lastEventID = ""
    /// The answer's header fields.
    package private(set) var headers: [(name: String, value: String)] = []
    private let token: String?
    private var parser = ServerSentEventParser()
    private var socket: TestSocket?
    private var waiting: [ParsedServerSentEvent] = []

    /// A reader that is not connected yet.
    package init(port: Int, token: String?, target: String = "/events") {
        self.port = port
        self.token = token
        self.target = target
    }

    /// Comments so far on this connection: heartbeats.
    package var commentCount: Int { parser.commentCount }

    /// The reconnection time of this connection.
    package var retryMilliseconds: Int? { parser.retryMilliseconds }

    /// Connects, and resumes behind the last id if there is one.
    ///
    /// Another status than 200 is `malformed`, with the answer's status.
    package func connect(
        headers extra: [(String, String)] = [], timeoutSeconds: Double = 10
    )
        throws(ConnectionFailure)
    {
        waiting = []
        parser = ServerSentEventParser()
        let fresh = try TestSocket(port: port)
        socket = fresh
        var text = "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        text += "Accept: text/event-stream\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if !lastEventID.isEmpty { text += "Last-Event-ID: \(lastEventID)\r\n" }
        for (name, value) in extra { text += "\(name): \(value)\r\n" }
        let deadline = Deadline(seconds: timeoutSeconds)
        try fresh.send(text + "\r\n", timeoutSeconds: timeoutSeconds)
        let head = try ResponseHead(
            fresh.receive(through: Array("\r\n\r\n".utf8), until: deadline))
        self.headers = head.headers
        guard head.status == 200 else {
            socket = nil
            throw .malformed("status \(head.status)")
        }
    }

    /// The next event; nil when none has come in time.
    ///
    /// Throws `closed` when the server ended the stream.
    package func next(
        timeoutSeconds: Double = 10
    ) throws(ConnectionFailure)
        -> ParsedServerSentEvent?
    {
        guard let socket else { throw .closed }
        let deadline = Deadline(seconds: timeoutSeconds)
        while waiting.isEmpty {
            do throws(ConnectionFailure) {
                let bytes = try socket.receive(until: deadline)
                parser.feed(bytes.span, into: &waiting)
            } catch {
                if error == .timedOut { return nil }
                self.socket = nil
                throw error
            }
            // A bare `id:` line moves the place without an event.
            if waiting.isEmpty, !parser.lastEventID.isEmpty { lastEventID = parser.lastEventID }
        }
        let event = waiting.removeFirst()
        if !event.id.isEmpty { lastEventID = event.id }
        return event
    }

    /// The next events until there are so many; throws `timedOut` when they don't come.
    package func collect(
        _ count: Int, timeoutSeconds: Double = 10
    ) throws(ConnectionFailure)
        -> [ParsedServerSentEvent]
    {
        let deadline = Deadline(seconds: timeoutSeconds)
        var events: [ParsedServerSentEvent] = []
        while events.count < count {
            guard let event = try next(timeoutSeconds: deadline.secondsLeft) else {
                throw .timedOut
            }
            events.append(event)
        }
        return events
    }

    /// Waits so long for nothing: true when no event has come and the stream is open.
    package func isQuiet(forSeconds seconds: Double) throws(ConnectionFailure) -> Bool {
        try next(timeoutSeconds: seconds) == nil
    }

    /// Lets the connection go.
    package func close() {
        socket = nil
    }

    /// Forgets or sets the place where it resumes.
    package func setLastEventID(_ id: String) {
        lastEventID = id
    }
}
