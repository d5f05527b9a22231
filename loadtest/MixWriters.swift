// Writers that lose nothing: each connection has one request in flight, and what got no answer is
// sent again under the same idempotency key, over a new connection if need be, until it is
// answered. So as many events must be stored as were published, whatever became of the server.

import Reactor
import Wire

/// Publishes typed events, each exactly once.
struct MixWriters: ~Copyable {
    /// An event that is not answered yet.
    private struct Pending {
        let key: [UInt8]
        let body: [UInt8]
    }

    private struct Writer {
        var connection = PipelinedConnection(descriptor: -1)
        var pending: Pending?
        var isConnected = false
        var openAtNanoseconds: Int64 = 0
    }

    private let options: MixOptions
    private let firstToken: UInt64
    private let request: PostRequest
    private var writers = [Writer](repeating: Writer(), count: countMax)
    private var waiting: [Pending] = []
    private var answers: [PipelinedAnswer] = []
    private let run: UInt64
    /// Events that were handed over, and those that were answered.
    private(set) var published = 0
    private(set) var answered = 0
    /// Requests that the server could not take for now.
    private(set) var unavailable = 0
    /// Connections that were refused, or that ended before their answer.
    private(set) var refused = 0
    private(set) var unanswered = 0
    /// Answers that no repetition mends.
    private(set) var failures = 0
    private(set) var firstFailure: String?
    private(set) var latency = LatencyRecorder()

    static let countMax = 32
    private static let pauseNanoseconds: Int64 = 100_000_000

    /// Writers of one run; `run` tells its keys from those of others.
    init(_ options: MixOptions, firstToken: UInt64, run: UInt64) {
        self.options = options
        self.firstToken = firstToken
        self.run = run
        request = PostRequest(
            target: options.target, path: "/event/unified", token: options.token)
    }

    /// Whether everything was answered.
    var isIdle: Bool { waiting.isEmpty && writers.allSatisfy { $0.pending == nil } }

    /// Hands over one more event.
    mutating func publish(nowNanoseconds: Int64) {
        let number = published
        published += 1
        waiting.append(
            Pending(
                key: Array("mix-\(run)-\(number)".utf8), body: body(number, nowNanoseconds)))
    }

    /// Sends what waits over connections that are free, and opens those that are closed.
    mutating func send(_ poller: borrowing Poller, nowNanoseconds now: Int64) {
        for index in writers.indices where writers[index].pending == nil {
            guard !waiting.isEmpty else { return }
            if writers[index].connection.descriptor < 0 {
                guard now >= writers[index].openAtNanoseconds else { continue }
                guard open(index, poller, now) else { continue }
            }
            let pending = waiting.removeFirst()
            writers[index].pending = pending
            writers[index].connection.enqueue(startNanoseconds: now) { output in
                request.append(body: pending.body, idempotencyKey: pending.key, to: &output)
            }
            if case .closed(let reason) = writers[index].connection.flush() {
                drop(index, reason, now)
            }
        }
    }

    /// Reads the answer of one connection, or sends what it could not take before.
    mutating func advance(token: UInt64, through buffer: inout [UInt8], nowNanoseconds now: Int64) {
        let index = Int(token - firstToken)
        guard writers[index].connection.descriptor >= 0 else { return }
        if !writers[index].isConnected {
            if let error = Socket.connectError(writers[index].connection.descriptor) {
                refused += 1
                return drop(index, error.description, now, isRefusal: true)
            }
            writers[index].isConnected = true
        }
        var outcome = writers[index].connection.flush()
        if outcome == .open {
            outcome = writers[index].connection.receive(through: &buffer, answers: &answers)
        }
        for answer in answers { take(answer, index, now) }
        answers.removeAll(keepingCapacity: true)
        if case .closed(let reason) = outcome { drop(index, reason, now) }
    }

    /// Closes all connections.
    mutating func close() {
        for index in writers.indices where writers[index].connection.descriptor >= 0 {
            Socket.close(writers[index].connection.descriptor)
            writers[index] = Writer()
        }
    }

    private mutating func take(_ answer: PipelinedAnswer, _ index: Int, _ now: Int64) {
        guard let pending = writers[index].pending else { return }
        writers[index].pending = nil
        switch answer.status {
        case 200...299:
            answered += 1
            latency.record(nanoseconds: now - answer.startNanoseconds)
        case 503:
            unavailable += 1
            waiting.append(pending)
        default:
            failures += 1
            firstFailure = firstFailure ?? "publishing got status \(answer.status)"
        }
    }

    private mutating func open(_ index: Int, _ poller: borrowing Poller, _ now: Int64) -> Bool {
        guard let descriptor = try? Dialer.connect(to: options.target, sourceIndex: nil) else {
            refused += 1
            writers[index].openAtNanoseconds = now + MixWriters.pauseNanoseconds
            return false
        }
        guard
            (try? poller.add(
                descriptor, token: firstToken + UInt64(index), interest: [.read, .write, .edge]))
                != nil
        else {
            Socket.close(descriptor)
            return false
        }
        writers[index].connection = PipelinedConnection(descriptor: descriptor)
        return true
    }

    private mutating func drop(
        _ index: Int, _ reason: String, _ now: Int64, isRefusal: Bool = false
    ) {
        if let pending = writers[index].pending {
            if !isRefusal {
                unanswered += 1
                firstFailure = firstFailure ?? "an unanswered event: \(reason)"
            }
            waiting.append(pending)
        }
        Socket.close(writers[index].connection.descriptor)
        writers[index] = Writer()
        writers[index].openAtNanoseconds = now + MixWriters.pauseNanoseconds
    }

    private func body(_ number: Int, _ now: Int64) -> [UInt8] {
        var body: [UInt8] = []
        body.append(
            text: #"{"task_id":"mix","user_id":"mix","consent_flag":true,"event_type":""#)
        body.append(contentsOf: MixKind.type(number).utf8)
        body.append(text: #"","payload":"#)
        Marker.appendPayload(
            nanoseconds: now, byteCount: options.payloadBytes, to: &body)
        body.append(text: "}")
        return body
    }
}
