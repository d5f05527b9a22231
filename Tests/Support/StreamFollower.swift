// A subscriber that keeps going: on a thread of its own it reads a stream, writes down every event,
// and connects again behind the last id whenever the connection ends, to the next of its ports.

import Foundation
import Synchronization
import Wire

/// An event as a subscriber saw it.
package struct FollowedEvent: Sendable, Equatable {
    /// The position in the id of the frame.
    package let position: Int
    /// The event's own id.
    package let id: String
    /// The event's name, without the prefix.
    package let name: String
    /// The id of the entity in `data`, if it has one.
    package let entityID: String?
    /// What the command called itself: the name of a lead, the task of a reported event.
    package let mark: String
}

/// How a follower is connected.
package enum FollowedTransport: Sendable {
    case eventStream, webSocket
}

/// Follows the log from its start until it is stopped.
package final class StreamFollower: Sendable {
    /// What it has seen.
    package struct Record: Sendable {
        /// The events, in the order in which they came.
        package var events: [FollowedEvent] = []
        /// What should not have been: gaps, problems, an event out of order.
        package var faults: [String] = []
        /// Connections that were opened.
        package var connectionCount = 0
        /// The codes that the server closed WebSockets with.
        package var closeCodes: [UInt16] = []
        /// Announcements that the server stops.
        package var drainCount = 0
        /// The end was announced, or the server ended the answer without an error.
        package var isConnected = false
    }

    private let record = Mutex(Record())
    private let isStopped = Mutex(false)
    private let thread = Mutex<TestThread?>(nil)

    /// Starts at position 0 of the first port's log.
    package init(_ transport: FollowedTransport, ports: [Int], token: String) {
        let started = TestThread { [self] in
            switch transport {
            case .eventStream: followEventStream(ports, token)
            case .webSocket: followWebSocket(ports, token)
            }
        }
        thread.withLock { $0 = started }
    }

    /// What it has seen so far.
    package var seen: Record { record.withLock { $0 } }

    /// How many events it has seen.
    package var count: Int { record.withLock { $0.events.count } }

    /// Ends it.
    package func stop() {
        isStopped.withLock { $0 = true }
        thread.withLock { $0 }?.join()
    }

    private var mayGoOn: Bool { isStopped.withLock { !$0 } }

    private func followEventStream(_ ports: [Int], _ token: String) {
        let reader = EventStreamReader(port: ports[0], token: token)
        reader.setLastEventID("0")
        var attempt = 0
        while mayGoOn {
            reader.port = ports[attempt % ports.count]
            attempt += 1
            do throws(ConnectionFailure) {
                try reader.connect(timeoutSeconds: 2)
                connected(true)
                while mayGoOn {
                    guard let event = try reader.next(timeoutSeconds: 0.2) else { continue }
                    take(event)
                }
            } catch {
                failed(error)
            }
        }
    }

    private func followWebSocket(_ ports: [Int], _ token: String) {
        let reader = WebSocketReader(port: ports[0], token: token)
        reader.setLastID("0")
        var attempt = 0
        while mayGoOn {
            reader.port = ports[attempt % ports.count]
            attempt += 1
            do throws(ConnectionFailure) {
                try reader.connect(timeoutSeconds: 2)
                connected(true)
                while mayGoOn {
                    guard let arrival = try reader.next(timeoutSeconds: 0.2) else { continue }
                    take(arrival)
                }
            } catch {
                failed(error)
            }
        }
    }

    private func connected(_ isConnected: Bool) {
        record.withLock { record in
            record.isConnected = isConnected
            if isConnected { record.connectionCount += 1 }
        }
    }

    /// A lost connection is what a follower is for; a wrong answer is a fault.
    private func failed(_ failure: ConnectionFailure) {
        connected(false)
        if case .malformed(let what) = failure { fault(what) }
        usleep(10_000)
    }

    private func fault(_ what: String) {
        record.withLock { $0.faults.append(what) }
    }

    private func take(_ event: ParsedServerSentEvent) {
        guard event.event != "gap", event.event != "problem",
            let document = try? JSONDocument(event.data)
        else {
            fault("\(event.event): \(String(decoding: event.data, as: UTF8.self))")
            return
        }
        append(document, document.root, id: event.id, name: event.event)
    }

    private func take(_ arrival: WebSocketArrival) {
        switch arrival {
        case .message("event", let document):
            guard let event = document.member("event", of: document.root),
                let id = document.member("id", of: document.root).flatMap(document.string)
            else { return fault("an event without event or id") }
            append(document, event, id: id, name: nil)
        case .message("ready", _), .message("position", _), .message("pong", _), .ping, .pong:
            break
        case .message("drain", _): record.withLock { $0.drainCount += 1 }
        case .message(let op, let document):
            fault("\(op): \(String(decoding: document.bytes, as: UTF8.self))")
        case .other(let bytes): fault("not a message: \(String(decoding: bytes, as: UTF8.self))")
        case .close(let code, _): record.withLock { $0.closeCodes.append(code ?? 0) }
        }
    }

    private func append(
        _ document: JSONDocument, _ event: JSONValue, id: String, name: String?
    ) {
        func text(_ path: String...) -> String? {
            path.reduce(Optional(event)) { value, name in
                value.flatMap { document.member(name, of: $0) }
            }.flatMap { document.string($0) }
        }
        let type = text("type")?.replacingOccurrences(of: "in.bhiv.", with: "") ?? ""
        let position = id.split(separator: "-").last.flatMap { Int($0) } ?? -1
        let followed = FollowedEvent(
            position: position, id: text("id") ?? "", name: type, entityID: text("data", "id"),
            mark: text("data", "task_id") ?? text("data", "name") ?? "")
        record.withLock { record in
            let expected = (record.events.last?.position ?? 0) + 1
            if position != expected {
                record.faults.append("position \(position) came where \(expected) was due")
            }
            if text("position") != "\(position)" {
                record.faults.append("\(id) says position \(text("position") ?? "none")")
            }
            if let name, name != type { record.faults.append("\(name) carries type \(type)") }
            record.events.append(followed)
        }
    }
}
