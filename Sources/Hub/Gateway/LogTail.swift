// The live tail of the unified log: `GET /logs` for a client that accepts an event stream. Entries
// are read from Postgres in the order of their commits, a page at a time and only when the page
// before has left, so that a slow reader costs a place and nothing else. What was committed wakes
// the tails; several commits within a moment are read together.

import Domain
import EventLog
import Reactor
import Store
import Wire

/// How far one connection is with the unified log.
struct LogTail {
    /// What it wants.
    let filters: [String: FilterValue]
    /// The number of the last entry that it needs no more; nil until the first read says the end.
    var after: UInt64?
    /// Why it doesn't begin where it asked to, told as soon as the end is known.
    var gap: (reason: GapReason, from: String?)?
    /// The head of the answer: sent when the end of the log is known, so that whoever sees the
    /// tail open misses nothing from then on.
    var opening: [UInt8]
    /// Whether something may have come since the last read.
    var isDue = true
    var isReading = false

    /// Begins where the client asks to go on.
    init(
        filters: [String: FilterValue], resume: ResumePoint?, epoch: Epoch, opening: [UInt8]
    ) {
        self.filters = filters
        self.opening = opening
        switch resume {
        case nil: break
        case .start: after = 0
        case .malformed: gap = (.malformed, nil)
        case .id(let id) where id.epoch != epoch: gap = (.unknownEpoch, id.text)
        case .id(let id): after = id.position
        }
    }

    /// Entries of one read.
    static let pageCount = 100
    /// The least time between two reads for all tails of a loop.
    static let restMilliseconds: Int64 = 100
}

/// The parameters of a tail: the log's filters, and where to go on.
enum LogTailParameters {
    static func read(
        _ items: QueryItems, lastEventID: String?
    ) throws(Refusal) -> (
        filters: [String: FilterValue], resume: ResumePoint?, name: String?
    ) {
        var parameters = try ParameterReader(items)
        let after = parameters.text("after")
        var name: String?
        if let text = parameters.text("stream") { name = try StreamQuery.name(text) }
        let filters = try RecordsParameters.filters(.logs, &parameters)
        try parameters.finish()
        return (filters, (lastEventID ?? after).map { ResumePoint(parsing: $0) }, name)
    }
}

extension GatewayLoop {
    /// Whether a request wants the log as it grows.
    func asksForTail(_ admitted: AdmittedRequest) -> Bool {
        admitted.route == .listLogs
            && admitted.request.accept?.lowercased().contains("text/event-stream") == true
    }

    /// Turns a request into a tail.
    func openLogTail(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        let (filters, resume, name) = try LogTailParameters.read(
            admitted.parameters, lastEventID: admitted.request.lastEventID)
        let output = eventStreamHead(slot, admitted)
        if admitted.request.method == .head {
            connections[slot].output.append(contentsOf: output)
            closeAfterOutput(slot)
            return
        }
        try becomeStream(slot, .logTail, admitted, token, name: name, [])
        logTails[connections.token(slot)] = LogTail(
            filters: filters, resume: resume, epoch: log.epoch, opening: output)
        observeStream(slot, admitted)
        readLogTail(slot)
    }

    /// Sends the head of the answer, if it was not sent yet.
    func beginLogTail(_ slot: Int) {
        let token = connections.token(slot)
        guard let opening = logTails[token]?.opening, !opening.isEmpty else { return }
        logTails[token]?.opening = []
        connections[slot].output.append(contentsOf: opening)
    }

    /// Something was committed: every tail may have something to read.
    func wakeLogTails() {
        guard !logTails.isEmpty else { return }
        for token in logTails.keys { logTails[token]?.isDue = true }
        logTailsAreDue = true
    }

    /// Reads for the tails that may have something, unless they did so a moment ago.
    func readLogTails() {
        guard logTailsAreDue, nowMilliseconds >= nextLogTailMilliseconds else { return }
        nextLogTailMilliseconds = nowMilliseconds + LogTail.restMilliseconds
        logTailsAreDue = false
        for token in logTails.keys {
            guard let slot = connections.slot(token) else { continue }
            readLogTail(slot)
        }
    }

    /// Reads the next page of a tail, if there may be one and the page before has left.
    func readLogTail(_ slot: Int) {
        let token = connections.token(slot)
        guard let tail = logTails[token], tail.isDue, !tail.isReading,
            connections[slot].output.isEmpty,
            connections[slot].flags.isDisjoint(with: [.isBlocked, .closesAfterOutput])
        else { return }
        logTails[token]?.isDue = false
        logTails[token]?.isReading = true
        outgoingReads.append(
            streamRead(
                slot,
                .logTail(
                    LogTailQuery(
                        after: tail.after, limit: LogTail.pageCount, filters: tail.filters))))
    }

    /// A page of a tail has come; nil when it could not be read.
    func received(_ entries: [NumberedEntry]?, end: UInt64, for ticket: Ticket) {
        let token = ConnectionToken(rawValue: ticket.connection)
        guard let slot = connections.slot(token), logTails[token] != nil else { return }
        if entries != nil { beginLogTail(slot) }
        guard var tail = logTails[token] else { return }
        tail.isReading = false
        defer { logTails[token] = tail }
        guard let entries else {
            // Asked again with whatever is committed next, or after the second in which Postgres
            // is asked for its head.
            tail.isDue = true
            return
        }
        if let after = tail.after, after > end {
            tail.gap = (.future, EventID(epoch: log.epoch, position: after).text)
            tail.after = nil
        }
        if let gap = tail.gap {
            appendLogGap(slot, gap.reason, gap.from, end)
        } else if tail.after == nil {
            // Whoever is cut off before the first entry has a place to come back to.
            PositionFrame.append(
                id: EventID(epoch: log.epoch, position: end), transport: .serverSentEvents,
                to: &connections[slot].output)
        }
        tail.gap = nil
        for entry in entries {
            ServerSentEvent.append(
                event: "log", id: EventID(epoch: log.epoch, position: entry.number).text,
                data: entry.record.text, to: &connections[slot].output)
        }
        if entries.count == LogTail.pageCount, let last = entries.last {
            tail.after = last.number
            tail.isDue = true
        } else {
            tail.after = end
        }
        connections[slot].cursor = Cursor(position: tail.after ?? end)
        if !connections[slot].output.isEmpty { scheduleStream(slot) }
        markDirty(slot)
    }

    private func appendLogGap(_ slot: Int, _ reason: GapReason, _ from: String?, _ end: UInt64) {
        GapFrame.append(
            reason: reason, from: from, to: EventID(epoch: log.epoch, position: end),
            reload: "/logs", transport: .serverSentEvents, to: &connections[slot].output)
    }

    /// Speaks after a silence, and says how far the tail is.
    func logTailHeartbeat(_ slot: Int) {
        beginLogTail(slot)
        let place = EventID(epoch: log.epoch, position: connections[slot].cursor.position)
        if logTails[connections.token(slot)]?.after == nil {
            ServerSentEvent.appendComment("", to: &connections[slot].output)
        } else {
            PositionFrame.append(
                id: place, transport: .serverSentEvents, to: &connections[slot].output)
        }
        markDirty(slot)
    }
}
