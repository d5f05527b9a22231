// Reads: parameters in, a query to the store, and its outcome as JSON.

import Domain
import EventLog
import Reactor
import Store
import Wire

extension GatewayLoop {
    /// Parks a read and queues its query for the store.
    func query(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        let query = try QueryDecoder(
            admitted: admitted, token: token, log: log
        ).query()
        let ticket = park(slot, admitted, reader: token.principal)
        noteRead(admitted, by: token.principal)
        outgoingReads.append(
            ReadRequest(ticket: ticket, query: query, receivedMilliseconds: nowMilliseconds))
    }

    /// Parks a verification of the audit trail.
    func examine(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        try ParameterReader(admitted.parameters).finish()
        guard let examiner = shared.examiner else { throw .unavailable(retryAfterSeconds: 1) }
        let ticket = park(slot, admitted, reader: token.principal)
        noteRead(admitted, by: token.principal)
        examiner.ask(ticket)
    }

    /// Some reads leave a line in the audit trail.
    private func noteRead(_ admitted: AdmittedRequest, by reader: Principal) {
        guard admitted.route.isAuditedRead else { return }
        denials.add(
            userID: reader.subject, action: admitted.route.name, resource: admitted.request.path,
            layer: .business, reason: nil, traceID: admitted.trace.traceID)
    }

    /// What a read found: a page for the log, a head for a stream that waits, or an answer.
    func wasRead(_ ticket: Ticket, _ outcome: ReadOutcome) {
        switch outcome {
        case .page(let page, let segment):
            received(page: page, segment)
            return
        case .head(let head):
            received(head: head, for: ticket)
            return
        case .logTail(let entries, let end):
            received(entries, end: end, for: ticket)
            return
        case .unavailable where ticket.sequence == GatewayLoop.streamSequence:
            readFailed(ticket)
            return
        default: break
        }
        if !preparations.isEmpty, case .lookUp(let signIn)? = preparations[ticket] {
            lookedUp(ticket, signIn, outcome)
            return
        }
        guard let slot = connections.slot(ConnectionToken(rawValue: ticket.connection)),
            let exchange = connections[slot].exchanges.first(where: {
                $0.sequence == ticket.sequence
            })
        else { return }
        let traceID = TraceContext(traceparent: exchange.traceparent).traceID
        var answer: RenderedAnswer
        do throws(Refusal) {
            answer = try self.answer(outcome, to: exchange)
        } catch {
            answer = RenderedAnswer(error, traceID: traceID)
        }
        if let collection = exchange.collection, let cursor = outcome.nextCursor {
            answer.link = NextPage.link(collection, cursor: cursor)
        }
        complete(slot, ticket.sequence, answer)
    }

    private func answer(
        _ outcome: ReadOutcome, to exchange: Exchange
    ) throws(Refusal) -> RenderedAnswer {
        switch outcome {
        case .lead(let lead?)
        where exchange.limited?.reaches(lead.ownership, by: .readLeads) != false:
            return RenderedAnswer(
                status: 200, etag: LeadJSON.etag(lead),
                body: QueryJSON.lead(lead, for: exchange.visibility))
        case .lead: throw .notFound("such lead")
        case .leads(let leads, _):
            return RenderedAnswer(
                status: 200,
                body: QueryJSON.leads(
                    leads, nextCursor: outcome.nextCursor, for: exchange.visibility))
        case .record(let record?) where record.isVisible(to: exchange.reader):
            return RenderedAnswer(status: 200, etag: record.etag, body: record.text)
        case .record: throw .notFound("such " + exchange.route.entity)
        case .records(let records, _):
            return RenderedAnswer(
                status: 200,
                body: CollectionJSON.text(records, nextCursor: outcome.nextCursor) {
                    $1.raw($0.text)
                })
        case .notificationCounts(let counts):
            return RenderedAnswer(status: 200, body: QueryJSON.counts(counts))
        case .processors(let statuses, let head, let sealer):
            return RenderedAnswer(
                status: 200,
                body: QueryJSON.processors(
                    statuses, head: head, sealer: sealer,
                    at: Timestamp(milliseconds: ids.milliseconds),
                    here: shared.processors.snapshot))
        case .event(let event?):
            return RenderedAnswer(
                status: 200, body: QueryJSON.event(event, for: exchange.visibility))
        case .event(nil): throw .notFound("such event")
        case .history(let events, _, _) where exchange.route == .listChecks:
            return RenderedAnswer(
                status: 200, body: CheckJSON.text(events, nextCursor: outcome.nextCursor))
        case .history(let events, _, let head):
            return RenderedAnswer(
                status: 200,
                body: QueryJSON.history(
                    events, nextCursor: outcome.nextCursor,
                    head: EventID(epoch: log.epoch, position: head), for: exchange.visibility))
        case .timeline(let events?, let next) where exchange.route.isMoves:
            return RenderedAnswer(
                status: 200,
                body: MovesJSON.text(
                    events, next: next, nextCursor: outcome.nextCursor,
                    field: exchange.route.timelineKind?.stateField ?? ""))
        case .timeline(let events?, _):
            return RenderedAnswer(
                status: 200,
                body: TimelineJSON.text(
                    events, nextCursor: outcome.nextCursor, for: exchange.visibility))
        case .timeline(nil, _): throw .notFound("such " + exchange.route.entity)
        case .auditRows, .auditEvidence, .auditReport:
            return RenderedAnswer(status: 200, body: try auditBody(outcome, of: exchange))
        case .unavailable(let seconds): throw .unavailable(retryAfterSeconds: seconds)
        case .page, .head, .logTail, .model, .signIn: preconditionFailure("not for a client")
        }
    }

    private func auditBody(
        _ outcome: ReadOutcome, of exchange: Exchange
    ) throws(Refusal) -> [UInt8] {
        guard let tools = settings.audit?.tools else { throw .unavailable(retryAfterSeconds: 1) }
        switch outcome {
        case .auditRows(let rows, _):
            return AuditJSON.page(rows, nextCursor: outcome.nextCursor)
        case .auditReport(let report): return AuditJSON.report(report)
        case .auditEvidence(let evidence) where exchange.route == .readAuditProof:
            return try AuditJSON.proof(evidence, by: tools)
        case .auditEvidence(let evidence):
            return try AuditJSON.checkpoint(evidence, by: tools)
        default: preconditionFailure("not of the audit trail")
        }
    }
}

extension ReadOutcome {
    /// Where the next page of a collection begins; nil when there is none.
    var nextCursor: String? {
        switch self {
        case .leads(let leads, hasMore: true): leads.last?.id.text
        case .records(_, let next): next?.text
        case .auditRows(let rows, hasMore: true): rows.last.map { String($0.number) }
        case .history(let events, hasMore: true, _): events.last.map { String($0.position) }
        case .timeline(let events?, _?): events.last.map { String($0.position) }
        default: nil
        }
    }
}

extension StoredRecord {
    /// Whether somebody who may read records of this kind may read this one: a message is its
    /// recipient's alone, and for all others it does not exist.
    func isVisible(to reader: String) -> Bool {
        guard case .notification(let notification) = self else { return true }
        return ExactText(notification.recipient) == ExactText(reader)
    }
}
