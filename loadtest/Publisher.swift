// Publishes marked events through the server's own door, `POST /event/unified`, over a few
// keep-alive connections with requests in flight on each.

import Reactor
import Wire

/// The publishing side of a run of subscribers.
struct Publisher {
    private let options: SubscribersOptions
    private let request: PostRequest
    private var connections: [PipelinedConnection] = []
    private var nextConnection = 0
    private var body: [UInt8] = []
    private var answers: [PipelinedAnswer] = []
    private(set) var failures = 0
    private(set) var answered = 0
    private(set) var lateMaxNanoseconds: Int64 = 0
    private(set) var firstFailure: String?
    /// From the time an event was due to its answer.
    var latency = LatencyRecorder()

    /// Requests a connection may have in flight.
    private static let depthMax = 1_024

    init(options: SubscribersOptions) {
        self.options = options
        request = PostRequest(
            target: options.target, path: options.publishPath, token: options.token)
    }

    /// Requests without an answer.
    var inFlight: Int { connections.reduce(0) { $0 + $1.inFlight } }

    /// Opens the connections; their tokens begin at `firstToken`.
    mutating func open(_ poller: borrowing Poller, firstToken: UInt64) throws(LoadTestError) {
        guard options.pace != .none else { return }
        do {
            for index in 0..<options.publishConnections {
                let descriptor = try Dialer.connect(to: options.target, sourceIndex: nil)
                try poller.add(
                    descriptor, token: firstToken + UInt64(index),
                    interest: [.read, .write, .edge])
                connections.append(PipelinedConnection(descriptor: descriptor))
            }
        } catch {
            throw .unreachable(error.description)
        }
    }

    /// Sends one event that was due at a time.
    mutating func publish(dueNanoseconds: Int64, nowNanoseconds: Int64) {
        lateMaxNanoseconds = max(lateMaxNanoseconds, nowNanoseconds - dueNanoseconds)
        guard let index = freeConnection() else {
            failures += 1
            firstFailure = firstFailure ?? "all publishing connections are full or closed"
            return
        }
        body.removeAll(keepingCapacity: true)
        Publisher.appendEvent(
            dueNanoseconds: dueNanoseconds, payloadBytes: options.payloadBytes, to: &body)
        connections[index].enqueue(startNanoseconds: dueNanoseconds) { output in
            request.append(body: body, idempotencyKey: nil, to: &output)
        }
    }

    /// Sends what was published since.
    mutating func flush() {
        for index in connections.indices where connections[index].descriptor >= 0 {
            if case .closed(let reason) = connections[index].flush() { drop(index, reason) }
        }
    }

    /// Reads the answers of one connection, or sends what it could not take before.
    mutating func advance(connection index: Int, through buffer: inout [UInt8]) {
        guard connections[index].descriptor >= 0 else { return }
        var outcome = connections[index].flush()
        if outcome == .open {
            outcome = connections[index].receive(through: &buffer, answers: &answers)
        }
        let now = Clock.monotonicNanoseconds()
        for answer in answers {
            answered += 1
            latency.record(nanoseconds: now - answer.startNanoseconds)
            guard answer.status < 200 || answer.status > 299 else { continue }
            failures += 1
            firstFailure = firstFailure ?? "publishing got status \(answer.status)"
        }
        answers.removeAll(keepingCapacity: true)
        if case .closed(let reason) = outcome { drop(index, reason) }
    }

    /// Closes all connections.
    mutating func close() {
        for index in connections.indices where connections[index].descriptor >= 0 {
            Socket.close(connections[index].descriptor)
        }
        connections = []
    }

    private mutating func drop(_ index: Int, _ reason: String) {
        failures += connections[index].inFlight
        firstFailure = firstFailure ?? "a publishing connection: \(reason)"
        Socket.close(connections[index].descriptor)
        connections[index] = PipelinedConnection(descriptor: -1)
    }

    private mutating func freeConnection() -> Int? {
        for _ in connections.indices {
            let index = nextConnection
            nextConnection = (nextConnection + 1) % connections.count
            let connection = connections[index]
            if connection.descriptor >= 0, connection.inFlight < Publisher.depthMax { return index }
        }
        return nil
    }

    /// Appends an event whose payload has the wanted size.
    static func appendEvent(
        dueNanoseconds: Int64, payloadBytes: Int, to body: inout [UInt8]
    ) {
        body.append(
            text: #"{"task_id":"loadtest","user_id":"loadtest","event_type":"loadtest_event","#)
        body.append(text: #""consent_flag":true,"payload":"#)
        Marker.appendPayload(nanoseconds: dueNanoseconds, byteCount: payloadBytes, to: &body)
        body.append(text: "}")
    }
}
