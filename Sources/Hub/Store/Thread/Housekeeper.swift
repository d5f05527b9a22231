// Deletes idempotency keys that are too old, in small pieces, over a connection that is open only
// while there is something to do. Every instance does it; rows that another one holds are skipped.

import Reactor

/// The housekeeping of the store thread, for the one thread that made it.
final class Housekeeper {
    /// The connection; a closed one between two rounds.
    private(set) var connection: PostgresConnection
    private let configuration: StoreConfiguration
    private let deletion: Statement
    private var dueMilliseconds: Int64
    private var isRunning = false
    private var deleted = 0
    private var pieceIsFull = false
    private var observations: [StoreObservation] = []

    /// How many rows one statement deletes.
    static let pieceRows = 1_000
    /// The first round comes soon: a hub that is restarted often would never come to it.
    static let firstMilliseconds: Int64 = 60_000

    /// Waits for its first round.
    init(_ configuration: StoreConfiguration, now: Int64) {
        self.configuration = configuration
        connection = PostgresConnection(.housekeeping(configuration))
        connection.close()
        dueMilliseconds =
            now + min(Housekeeper.firstMilliseconds, configuration.housekeepingMilliseconds)
        deletion = Statement(
            name: "delete_old_keys",
            sql: """
                DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM idempotency
                    WHERE created_at < now()
                        - interval '\(configuration.idempotencyKeptHours) hours'
                    LIMIT \(Housekeeper.pieceRows) FOR UPDATE SKIP LOCKED))
                """)
    }

    /// What came since the last call.
    func takeObservations() -> [StoreObservation] {
        defer { observations = [] }
        return observations
    }

    /// Begins a round when it is time; says in how many milliseconds the next one is.
    func step(now: Int64) -> Int64? {
        guard !isRunning else { return nil }
        if now >= dueMilliseconds {
            isRunning = true
            deleted = 0
            connection = PostgresConnection(.housekeeping(configuration))
            return nil
        }
        return dueMilliseconds - now
    }

    /// Takes in one event of the connection.
    func handle(_ event: PostgresEvent, now: Int64) {
        switch event {
        case .connected: sendPiece()
        case .result(let result):
            deleted += result.affectedCount
            pieceIsFull = result.affectedCount >= Housekeeper.pieceRows
        case .synced:
            if pieceIsFull { sendPiece() } else { finish(now: now) }
        case .failed(let error):
            pieceIsFull = false
            observations.append(
                .batchFailed(sqlState: error.sqlState, message: error.message, count: 0))
        case .lost: finish(now: now)
        case .aborted, .notification: break
        }
    }

    /// Ends whatever goes on.
    func close() {
        connection.close()
    }

    private func sendPiece() {
        connection.send(deletion)
        connection.sync()
    }

    private func finish(now: Int64) {
        if deleted > 0 { observations.append(.idempotencyKeysDeleted(deleted)) }
        connection.close()
        isRunning = false
        dueMilliseconds = now + configuration.housekeepingMilliseconds
    }
}
