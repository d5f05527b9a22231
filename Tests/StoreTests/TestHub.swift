// A Store with two loops, as one hub has them, and what its loops were told. Order and completeness
// of the segments are checked as they arrive.

import Domain
import EventLog
import Foundation
import Reactor
import Synchronization
import Testing

@testable import Store

/// One hub's Store and its loops.
final class TestHub {
    let store: Store
    let start: LogStart
    private let mailboxes: [Mailbox<StoreMail>]
    private let wakeup: Wakeup
    private var poller: Poller
    /// What each loop was told, in order.
    private(set) var mail: [[StoreMail]]
    /// The events of each loop, from the start on.
    private(set) var events: [[(position: UInt64, text: String)]]
    private(set) var answers: [Ticket: RenderedAnswer] = [:]
    private(set) var reads: [Ticket: ReadOutcome] = [:]
    let observations = Observations()
    private var sequence: UInt32 = 0

    init(_ configuration: StoreConfiguration) throws {
        let wakeup = try Wakeup()
        self.wakeup = wakeup
        mailboxes = (0..<2).map { _ in Mailbox(wakeup: wakeup) }
        poller = try Poller()
        try poller.add(wakeup.descriptor, token: 0, interest: .read)
        let observations = self.observations
        (store, start) = try Store.open(configuration, loops: mailboxes) {
            observations.add($0)
        }
        mail = [[], []]
        events = [[], []]
    }

    /// Takes mail until a condition holds; fails the test when it does not in time.
    func wait(
        _ what: Comment, seconds: Double = 20, location: SourceLocation = #_sourceLocation,
        until condition: () -> Bool
    ) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !condition() {
            guard Date() < deadline else {
                Issue.record("did not happen in time: \(what)", sourceLocation: location)
                return
            }
            _ = poller.sleepUntilReady(timeoutMilliseconds: 20)
            take()
        }
    }

    /// Takes the mail that is there.
    func take() {
        wakeup.clear()
        for loop in mailboxes.indices {
            var some: [StoreMail] = []
            mailboxes[loop].takeAll(into: &some)
            for one in some { take(one, in: loop) }
        }
    }

    private func take(_ one: StoreMail, in loop: Int) {
        if case .committed = one { return }
        mail[loop].append(one)
        switch one {
        case .committed: break
        case .replace(_, let countdown): countdown.done()
        case .access(_, let countdown): countdown.done()
        case .append(let segment):
            #expect(segment.epoch == start.epoch)
            #expect(segment.first == start.head + UInt64(events[loop].count) + 1)
            for position in segment.first...segment.last {
                let text = String(decoding: segment.eventText(at: position), as: UTF8.self)
                events[loop].append((position, text))
            }
        case .answered(let ticket, let answer):
            #expect(ticket.loop == loop)
            #expect(answers[ticket] == nil, "answered twice")
            answers[ticket] = answer
        case .read(let ticket, let outcome):
            #expect(ticket.loop == loop)
            #expect(reads[ticket] == nil, "answered twice")
            reads[ticket] = outcome
        }
    }

    func ticket(loop: Int = 0) -> Ticket {
        sequence += 1
        return Ticket(loop: loop, connection: 7, sequence: sequence)
    }

    /// Submits a command and gives its ticket.
    func submit(_ command: Command, key: String? = nil, loop: Int = 0) -> Ticket {
        let ticket = ticket(loop: loop)
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let context = CommandContext(
            principal: Principal(subject: "asha", roles: RoleSet([.sales])),
            trace: TraceContext(traceparent: "00-\(trace)-00f067aa0ba902b7-01"),
            auditID: TestHub.id(),
            idempotency: key.map {
                IdempotencyKey(key: $0, fingerprint: [UInt8](repeating: 1, count: 16))
            })
        store.submit([
            CommandRequest(
                ticket: ticket, command: command, context: context,
                receivedMilliseconds: Clock.monotonicMilliseconds())
        ])
        return ticket
    }

    /// Submits a command and waits for its answer.
    func answer(_ command: Command, key: String? = nil) -> RenderedAnswer? {
        let ticket = submit(command, key: key)
        wait("an answer") { answers[ticket] != nil }
        return answers[ticket]
    }

    /// Reads, and waits for the outcome.
    func read(_ query: ReadQuery, seconds: Double = 20) -> ReadOutcome? {
        let ticket = ticket(loop: 1)
        store.read([
            ReadRequest(
                ticket: ticket, query: query,
                receivedMilliseconds: Clock.monotonicMilliseconds())
        ])
        wait("an outcome", seconds: seconds) { reads[ticket] != nil }
        return reads[ticket]
    }

    static func id() -> UniqueID {
        UniqueID(
            milliseconds: Clock.realtimeMilliseconds(),
            random: (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)))
    }

    static func createLead(_ name: String, email: String? = nil) -> CreateLead {
        var command = CreateLead(id: id(), eventID: id(), name: name)
        command.email = email
        return command
    }

    static func publish(_ type: String = "sla_warning") -> (UniqueID, Command) {
        let id = id()
        let item = PublishItem(
            id: id, type: type, source: nil,
            event: UnifiedEvent(
                taskID: "t", userID: nil, consentFlag: nil, payload: Array("{}".utf8)))
        return (id, .publishEvents(PublishEvents(items: [.success(item)], isArray: false)))
    }
}

/// What the Store observed, from its own thread.
final class Observations: Sendable {
    private let list = Mutex<[StoreObservation]>([])

    func add(_ one: StoreObservation) { list.withLock { $0.append(one) } }

    var all: [StoreObservation] { list.withLock { $0 } }
}

extension TestDatabase {
    /// Ends every connection but this one's, and lets new ones in or not: as if Postgres were away.
    func setReachable(_ isReachable: Bool) throws {
        let name = connection.split(separator: "dbname=").last.map(String.init) ?? ""
        let other = connection.replacingOccurrences(of: "dbname=\(name)", with: "dbname=postgres")
        let postgres = try BlockingPostgres(connection: other)
        try postgres.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS \(isReachable)")
        if !isReachable {
            try postgres.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                [PostgresType.text], [.text(name)])
        }
    }
}
