// Verifies the audit trail for `GET /audit/verify`, on a thread of its own: it reads everything, so
// it takes seconds where a loop has milliseconds. Whoever asks while one is on its way gets the
// next one's report together with all others who wait.

import Reactor
package import Store
import Synchronization

/// What the gateway needs of the audit trail.
package struct AuditAccess: Sendable {
    /// A libpq connection string.
    package let connection: String
    /// What the instance calls itself.
    package let instance: String
    package let tools: AuditTools
    /// Where checkpoints are kept outside of Postgres.
    package let checkpointFile: String

    package init(
        connection: String, instance: String, tools: AuditTools, checkpointFile: String
    ) {
        self.connection = connection
        self.instance = instance
        self.tools = tools
        self.checkpointFile = checkpointFile
    }
}

/// Verifies for all loops, one verification at a time.
final class AuditExaminer: Sendable {
    private let access: AuditAccess
    private let loops: [Mailbox<StoreMail>]
    private let waiting = Mutex<[Ticket]>([])
    private let worker: WorkerPool

    init(access: AuditAccess, loops: [Mailbox<StoreMail>]) throws(Errno) {
        self.access = access
        self.loops = loops
        worker = try WorkerPool(threadCount: 1, queuedMax: 1_024)
    }

    /// Verifies; the report comes as the outcome of a read.
    func ask(_ ticket: Ticket) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(ticket)
            return waiting.count == 1
        }
        guard isFirst else { return }
        let isQueued = worker.submit { [self] in
            let tickets = take()
            answer(tickets, examine())
        }
        if !isQueued { answer(take(), .unavailable(retryAfterSeconds: 1)) }
    }

    /// Waits for what is on its way.
    func close() {
        worker.close()
    }

    private func take() -> [Ticket] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    private func answer(_ tickets: [Ticket], _ outcome: ReadOutcome) {
        for ticket in tickets { loops[ticket.loop].post(.read(ticket, outcome)) }
    }

    private func examine() -> ReadOutcome {
        do throws(PostgresError) {
            return .auditReport(
                try AuditExamination(
                    connection: access.connection, name: access.instance + " verify",
                    tools: access.tools, checkpointFile: access.checkpointFile
                ).run())
        } catch {
            return .unavailable(retryAfterSeconds: 1)
        }
    }
}
