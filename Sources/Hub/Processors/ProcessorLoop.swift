// The thread of the processors: sleeps until there is mail or something is due, lets the engine
// have its turn, and posts what it wants done. It decides nothing.

import Domain
import EventLog
import Reactor
import Store

/// Everything that the thread owns, made on it.
struct ProcessorLoop: ~Copyable {
    private let start: ProcessorStart
    private var poller: Poller
    private var engine: Engine
    private var mail: [StoreMail] = []
    private var orders: [ProcessorControl] = []
    private var readings: [ProcessorReading] = []
    private var stopDeadlineMilliseconds: Int64?

    private init(_ start: ProcessorStart, poller: consuming Poller) {
        self.start = start
        self.poller = poller
        engine = Engine(
            start.settings, epoch: start.log.epoch, head: start.log.head,
            random: RandomSource(), at: Moment.now)
    }

    /// Runs the thread until it is told to stop.
    static func run(_ start: ProcessorStart) throws(Errno) {
        let poller = try Poller(eventsMax: 4)
        try poller.add(start.mailboxes.wakeup.descriptor, token: 0, interest: .read)
        var loop = ProcessorLoop(start, poller: poller)
        loop.run()
    }

    /// Turns until it is told to stop and nothing is on its way.
    private mutating func run() {
        var timeoutMilliseconds: Int64 = 0
        while true {
            let ready = poller.sleepUntilReady(timeoutMilliseconds: Int32(timeoutMilliseconds))
            if ready > 0 { start.mailboxes.wakeup.clear() }
            let now = Moment.now
            takeMail(at: now)
            let due = engine.turn(at: now)
            publish(at: now)
            if isFinished(at: now) { return }
            timeoutMilliseconds = min(1_000, max(0, due - now.monotonicMilliseconds))
        }
    }

    private func isFinished(at now: Moment) -> Bool {
        guard let stopDeadlineMilliseconds else { return false }
        return engine.isStopped || now.monotonicMilliseconds >= stopDeadlineMilliseconds
    }

    private mutating func takeMail(at now: Moment) {
        start.mailboxes.store.takeAll(into: &mail)
        for message in mail {
            switch message {
            case .access(_, let countdown): countdown.done()
            case .replace(let replacement, let countdown):
                engine.replace(replacement)
                countdown.done()
            case .append(let segment): engine.append(segment)
            case .answered(let ticket, let answer):
                engine.answered(ticket.sequence, EngineAnswer(answer), at: now)
            case .read(let ticket, let outcome):
                engine.wasRead(ticket.sequence, EngineReadOutcome(outcome), at: now)
            case .committed: break
            }
        }
        mail.removeAll(keepingCapacity: true)
        start.mailboxes.control.takeAll(into: &orders)
        for order in orders {
            switch order {
            case .stop:
                engine.stop()
                stopDeadlineMilliseconds =
                    stopDeadlineMilliseconds
                    ?? now.monotonicMilliseconds + start.settings.stopMilliseconds
            }
        }
        orders.removeAll()
    }

    private mutating func publish(at now: Moment) {
        let output = engine.takeOutput()
        if let model = output.model { start.board.publish(model) }
        for observation in output.observations { start.observe(observation) }
        if !output.commands.isEmpty {
            start.store.submit(
                output.commands.map { one in
                    CommandRequest(
                        ticket: ticket(one.sequence), command: one.command,
                        context: CommandContext(
                            principal: Principal(subject: one.actor, roles: []),
                            trace: TraceContext(traceparent: ""), auditID: one.auditID,
                            idempotency: nil),
                        receivedMilliseconds: now.monotonicMilliseconds)
                })
        }
        if !output.reads.isEmpty {
            start.store.read(
                output.reads.map { one in
                    ReadRequest(
                        ticket: ticket(one.sequence), query: one.read.query,
                        receivedMilliseconds: now.monotonicMilliseconds)
                })
        }
        let newer = engine.readings
        if newer != readings {
            readings = newer
            start.meters.update(newer)
        }
    }

    private func ticket(_ sequence: UInt32) -> Ticket {
        Ticket(loop: start.loop, connection: 0, sequence: sequence)
    }
}

extension Moment {
    /// What the clocks say.
    static var now: Moment {
        Moment(
            monotonicMilliseconds: Clock.monotonicMilliseconds(),
            realtimeMilliseconds: Clock.realtimeMilliseconds())
    }
}
