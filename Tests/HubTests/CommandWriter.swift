// A client that will be answered: on a thread of its own it sends one command after another, each
// with an idempotency key, and repeats a command with the same key until it has an answer. One
// without keys repeats nothing; it may expect an answer as long as the hub itself lives.

import Foundation
import Support
import Synchronization

/// A command that was answered.
struct AnsweredCommand: Sendable {
    /// What it called itself: the name of the lead, the task of the reported event.
    let mark: String
    /// The name of the event that it must have caused.
    let eventName: String
    /// The id in the answer: the lead's, or the event's.
    let id: String
    /// How often it was sent.
    let attempts: Int
}

/// Sends leads and reported events until it is stopped.
final class CommandWriter: Sendable {
    /// What happened so far.
    struct Record: Sendable {
        var answered: [AnsweredCommand] = []
        /// Commands without a key that were answered 503: they may have happened.
        var abandoned: Set<String> = []
        /// Answers that no client should get.
        var faults: [String] = []
        /// Attempts that ended without an answer.
        var lostCount = 0
        /// Attempts that were answered 503 with Retry-After.
        var unavailableCount = 0
        /// The longest that any attempt took that was answered.
        var slowestSeconds = 0.0
        var isSending = false
    }

    private let name: String
    private let ports: [Int]
    private let token: String
    private let attemptSeconds: Double
    private let hasKeys: Bool
    private let record = Mutex(Record())
    private let stopsAt = Mutex<Deadline?>(nil)
    private let thread = Mutex<TestThread?>(nil)

    /// Starts; a lost answer is asked for again at the next of `ports`.
    init(
        _ name: String, ports: [Int], token: String, attemptSeconds: Double, hasKeys: Bool = true
    ) {
        self.name = name
        self.hasKeys = hasKeys
        self.ports = ports
        self.token = token
        self.attemptSeconds = attemptSeconds
        let started = TestThread { [self] in run() }
        thread.withLock { $0 = started }
    }

    var seen: Record { record.withLock { $0 } }

    /// Sends no new command; the last one still has to be answered within this time.
    func askToStop(withinSeconds seconds: Double) {
        stopsAt.withLock { $0 = Deadline(seconds: seconds) }
    }

    func join() {
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var random = TestSeed.random(name)
        var sender = Sender(ports: ports, token: token, attemptSeconds: attemptSeconds)
        var number = 0
        while stopsAt.withLock({ $0 == nil }) {
            number += 1
            send(mark: "\(name)-\(number)", isLead: Bool.random(using: &random), &sender)
            usleep(UInt32.random(in: 0...4000, using: &random))
        }
        sender.close()
    }

    private func send(mark: String, isLead: Bool, _ sender: inout Sender) {
        let target = isLead ? "/crm/leads" : "/event/unified"
        let body =
            isLead
            ? #"{"name":"\#(mark)","email":"\#(mark)@example.test"}"#
            : #"{"task_id":"\#(mark)","event_type":"load.sent","payload":{"mark":"\#(mark)"}}"#
        var attempts = 0
        while stopsAt.withLock({ $0.map { !$0.isOver } ?? true }) {
            attempts += 1
            let outcome = sender.attempt(target, body, key: hasKeys ? "key-\(mark)" : nil)
            let isDone = record.withLock { record in
                record.slowestSeconds = max(record.slowestSeconds, outcome.seconds)
                switch outcome.kind {
                case .lost:
                    record.lostCount += 1
                    if !hasKeys {
                        record.faults.append("\(mark): no answer")
                        return true
                    }
                case .unavailable:
                    record.unavailableCount += 1
                    if !hasKeys {
                        record.abandoned.insert(mark)
                        return true
                    }
                case .fault(let what):
                    record.faults.append("\(mark): \(what)")
                    return true
                case .answered(let id):
                    record.answered.append(
                        AnsweredCommand(
                            mark: mark, eventName: isLead ? "lead_created" : "load.sent", id: id,
                            attempts: attempts))
                    return true
                }
                return false
            }
            if isDone { return }
            usleep(20_000)
        }
        record.withLock { $0.faults.append("\(mark): no answer after \(attempts) attempts") }
    }
}

/// One attempt after another, each at the port that answered last or the next one.
private struct Sender {
    enum Kind {
        case answered(id: String)
        case unavailable
        case lost
        case fault(String)
    }

    private let clients: [TestClient]
    private var current = 0

    init(ports: [Int], token: String, attemptSeconds: Double) {
        clients = ports.map { TestClient(port: $0, token: token) }
        for client in clients { client.timeoutSeconds = attemptSeconds }
    }

    func close() {
        for client in clients { client.close() }
    }

    mutating func attempt(
        _ target: String, _ body: String, key: String?
    ) -> (kind: Kind, seconds: Double) {
        let client = clients[current]
        let start = DispatchTime.now().uptimeNanoseconds
        do {
            let response = try client.post(
                target, body, headers: key.map { [("Idempotency-Key", $0)] } ?? [])
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
            return (kind(of: response), seconds)
        } catch {
            current = (current + 1) % clients.count
            if case .malformed(let what) = error { return (.fault(what), 0) }
            return (.lost, 0)
        }
    }

    private func kind(of response: TestResponse) -> Kind {
        if response.status == 201 || response.status == 202, let id = response.string("id") {
            return .answered(id: id)
        }
        if response.status == 503, let after = response.header("Retry-After"), Int(after) != nil {
            return .unavailable
        }
        return .fault("\(response.status) \(response.text)")
    }
}
