// One instance on a real database: a Store, the processors on it, and a mailbox of the test's own
// to ask by.

import Domain
import EventLog
import Foundation
import Reactor
import Support
import Synchronization
import Testing

@testable import Processors
@testable import Store

/// A hub without its gateway.
final class LiveInstance {
    let store: Store
    let processors: Processors
    let models = ModelBoard()
    let meters = ProcessorMeters()
    /// What it calls itself, as no other does.
    let name: String
    let observations = SharedList<ProcessorObservation>()
    private let mailbox: Mailbox<StoreMail>
    private let wakeup: Wakeup
    private var answers: [UInt32: RenderedAnswer] = [:]
    private var reads: [UInt32: ReadOutcome] = [:]
    private var sequence: UInt32 = 0
    /// The head that the loops have.
    private(set) var head: UInt64

    /// Opens a database and starts processors with short leases on it.
    init(
        _ connection: String, _ names: [ProcessorName] = ProcessorName.allCases,
        change: (inout ProcessorSettings) -> Void = { _ in }
    ) throws {
        name = "test-" + LiveInstance.id().text
        var settings = ProcessorSettings(holder: name)
        settings.names = names
        settings.leaseSeconds = 2
        settings.renewMilliseconds = 500
        settings.leaseRetryMilliseconds = 200
        settings.moveMilliseconds = 200
        settings.replayPollMilliseconds = 100
        settings.pauseMilliseconds = 50
        settings.stopMilliseconds = 1_000
        change(&settings)
        processors = try Processors(settings: settings, board: models, meters: meters)
        wakeup = try Wakeup()
        mailbox = Mailbox(wakeup: wakeup)
        let start: LogStart
        (store, start) = try Store.open(
            StoreConfiguration(connection: connection, instance: name),
            loops: [mailbox, processors.storeMailbox]
        ) { _ in }
        head = start.head
        let observations = self.observations
        try processors.start(store: store, log: start, loop: 1) { observations.add($0) }
    }

    /// Stops it as a hub stops.
    func stop() {
        processors.stop()
        store.stop()
    }

    /// Cuts it off as a crash would: its steps are not awaited and its leases stay.
    func vanish() {
        store.stop()
        processors.stop()
    }

    private func take() {
        var mail: [StoreMail] = []
        mailbox.takeAll(into: &mail)
        for one in mail {
            switch one {
            case .append(let segment): head = segment.last
            case .answered(let ticket, let answer): answers[ticket.sequence] = answer
            case .read(let ticket, let outcome): reads[ticket.sequence] = outcome
            case .committed: break
            case .replace(_, let countdown): countdown.done()
            case .access(_, let countdown): countdown.done()
            }
        }
    }

    /// Submits commands together and waits for their answers.
    @discardableResult
    func submit(_ commands: [Command]) throws -> [RenderedAnswer] {
        var wanted: [UInt32] = []
        let now = Clock.monotonicMilliseconds()
        store.submit(
            commands.map { command in
                sequence += 1
                wanted.append(sequence)
                return CommandRequest(
                    ticket: Ticket(loop: 0, connection: 0, sequence: sequence), command: command,
                    context: CommandContext(
                        principal: Principal(subject: "asha", roles: RoleSet([.admin])),
                        trace: TraceContext(
                            traceparent: "00-\(worldTrace)-00f067aa0ba902b7-01"),
                        auditID: LiveInstance.id(), idempotency: nil),
                    receivedMilliseconds: now)
            })
        try waitUntil("answers", timeoutSeconds: 20) {
            take()
            return wanted.allSatisfy { answers[$0] != nil }
        }
        return wanted.compactMap { answers.removeValue(forKey: $0) }
    }

    /// Reads, and waits for the outcome.
    func read(_ query: ReadQuery) throws -> ReadOutcome {
        sequence += 1
        let wanted = sequence
        store.read([
            ReadRequest(
                ticket: Ticket(loop: 0, connection: 0, sequence: wanted), query: query,
                receivedMilliseconds: Clock.monotonicMilliseconds())
        ])
        try waitUntil("an outcome", timeoutSeconds: 20) {
            take()
            return reads[wanted] != nil
        }
        return try found(reads.removeValue(forKey: wanted))
    }

    /// Whether every processor is leased here or there, and nothing waits anywhere.
    static func areIdle(_ instances: [LiveInstance]) throws -> Bool {
        guard case .processors(let all, let head, _) = try instances[0].read(.processors) else {
            return false
        }
        let leased = instances.flatMap { $0.meters.snapshot }.filter(\.isLeased)
        return all.allSatisfy { $0.state.cursor == head } && leased.count == all.count
            && leased.allSatisfy { $0.lagPositions == 0 }
    }

    static func id() -> UniqueID {
        UniqueID(
            milliseconds: Clock.realtimeMilliseconds(),
            random: (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)))
    }

    /// A reported event, and its id.
    static func report(
        _ type: String = "sla_warning", payload: String = #"{"level":3}"#
    ) -> (id: UniqueID, command: Command) {
        let id = id()
        let item = PublishItem(
            id: id, type: type, source: nil,
            event: UnifiedEvent(
                taskID: "t", userID: nil, consentFlag: nil, payload: Array(payload.utf8)))
        return (id, .publishEvents(PublishEvents(items: [.success(item)], isArray: false)))
    }
}

/// A list that several threads add to.
final class SharedList<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])

    func add(_ one: Element) { list.withLock { $0.append(one) } }

    var all: [Element] { list.withLock { $0 } }
}
