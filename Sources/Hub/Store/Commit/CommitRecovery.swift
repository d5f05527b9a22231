// After a connection was lost in COMMIT: nobody knows whether the batch is durable. On a new
// connection, first wait until the old transaction has ended; then look for the last line that the
// batch would have written to the audit trail, by its id, which was made before the batch began.
// That the transaction is said to be committed proves nothing: after a crash its name is handed
// out again.

import Domain

/// A batch whose outcome is being looked for.
struct CommitRecovery {
    /// The batch.
    let writing: Committer.Writing
    /// When its clients are told that the outcome is not known.
    let deadlineMilliseconds: Int64
    /// What is asked at the moment.
    var question = Question.ended(nextMilliseconds: nil)

    /// The two things to find out, in order.
    enum Question {
        /// Whether the transaction has ended; asked again from a moment on, if one is given.
        case ended(nextMilliseconds: Int64?)
        /// Whether the last line is there.
        case isThere
    }

    /// The id of the last line that the batch wrote.
    var lastAuditID: UniqueID? { writing.decision.writes.audits.last?.id }
}

extension Committer {
    /// Looks for a batch's outcome as soon as there is a connection.
    func startRecovery(of writing: Writing, now: Int64) {
        output.observations.append(.commitOutcomeUnknown(count: writing.plan.items.count))
        state = .resolving(
            CommitRecovery(
                writing: writing, deadlineMilliseconds: now + limits.resolveMillisecondsMax))
    }

    /// Asks again when it is time, and gives up when there is none left.
    func stepRecovery(now: Int64) {
        guard case .resolving(let recovery) = state else { return }
        if now >= recovery.deadlineMilliseconds {
            for item in recovery.writing.plan.items {
                giveUp(
                    CommitQueue.GivenUp(
                        item: item, refusal: .outcomeUnknown(retryAfterSeconds: 5)))
            }
            output.headMoved = true
            state = connection.isReady && flight == nil ? .idle : .disconnected
            if flight != nil {
                // The answer to a question that is still on its way would be the next batch's.
                flight = nil
                connection.abandon("the outcome was not known in time", now: now)
            }
        } else if case .ended(let next?) = recovery.question, now >= next, flight == nil,
            connection.isReady
        {
            look(recovery, now: now)
        }
    }

    /// Asks the first question, on a connection that is there.
    func look(_ recovery: CommitRecovery, now: Int64) {
        var recovery = recovery
        recovery.question = .ended(nextMilliseconds: nil)
        state = .resolving(recovery)
        send(
            [
                (ResolveStatements.isStandby, []),
                (ResolveStatements.status, [.text(recovery.writing.transaction)]),
            ], now: now)
    }

    /// Takes in the answer to a question.
    func resolve(_ recovery: CommitRecovery, _ flight: Flight, now: Int64) {
        var recovery = recovery
        switch recovery.question {
        case .ended:
            switch hasEnded(flight) {
            case true?:
                recovery.question = .isThere
                state = .resolving(recovery)
                send(
                    [
                        (
                            ResolveStatements.audit,
                            [.uuid(recovery.lastAuditID), .int8(knownAudit)]
                        )
                    ], now: now)
            case false?:
                recovery.question = .ended(nextMilliseconds: now + limits.resolveMilliseconds)
                state = .resolving(recovery)
            case nil:
                state = .resolving(recovery)
                connection.abandon("a standby can't tell what was committed", now: now)
            }
        case .isThere:
            guard flight.error == nil, let result = flight.results.first else {
                recovery.question = .ended(nextMilliseconds: now + limits.resolveMilliseconds)
                state = .resolving(recovery)
                return
            }
            state = .idle
            if result.rowCount > 0 {
                output.headMoved = true
                if recovery.writing.decision.writes.erasures.isEmpty {
                    settle(recovery.writing)
                } else {
                    // It is done, but the loops learn it from the log: who asks again is told.
                    for item in recovery.writing.plan.items {
                        let refusal = Refusal.outcomeUnknown(retryAfterSeconds: 1)
                        giveUp(CommitQueue.GivenUp(item: item, refusal: refusal))
                    }
                }
            } else {
                output.counts.retries += recovery.writing.plan.items.count
                queue.retry(recovery.writing.plan.items)
            }
        }
    }

    /// Whether the old transaction is over; nil on a standby, which can't tell.
    private func hasEnded(_ flight: Flight) -> Bool? {
        guard let standby = flight.results.first else { return false }
        if standby.bool(0, 0) { return nil }
        if let error = flight.error {
            // «In the future»: a crash took it away, before anything of it was safe.
            return error.sqlState == "22023"
        }
        guard flight.results.count > 1 else { return false }
        let status = flight.results[1]
        return status.isNull(0, 0) || status.text(0, 0) != "in progress"
    }
}
