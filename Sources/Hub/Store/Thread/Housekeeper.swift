// Deletes what is too old to matter (Expiry), in small pieces, over a connection that is open only
// while there is something to do. Every instance does it; rows that another one holds are skipped.

import Domain
import Reactor

/// The housekeeping of the store thread, for the one thread that made it.
final class Housekeeper {
    /// The connection; a closed one between two rounds.
    private(set) var connection: PostgresConnection
    private let configuration: StoreConfiguration
    private var dueMilliseconds: Int64
    private var isRunning = false
    /// What is deleted in this round, the first of it now.
    private var due: ArraySlice<Expiry> = []
    private var limits: [Expiry: Timestamp] = [:]
    private var deleted = 0
    private var pieceIsFull = false
    private var observations: [StoreObservation] = []

    /// The first round comes soon: a hub that is restarted often would never come to it.
    static let firstMilliseconds: Int64 = 60_000

    /// Waits for its first round.
    init(_ configuration: StoreConfiguration, now: Int64) {
        self.configuration = configuration
        connection = PostgresConnection(.housekeeping(configuration))
        connection.close()
        dueMilliseconds =
            now + min(Housekeeper.firstMilliseconds, configuration.housekeepingMilliseconds)
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
            due = Expiry.allCases[...]
            let time = Timestamp(milliseconds: Clock.realtimeMilliseconds())
            for expiry in due { limits[expiry] = expiry.limit(configuration, at: time) }
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
            pieceIsFull = result.affectedCount >= Expiry.pieceRows
        case .synced:
            if !pieceIsFull { endFirst() }
            if due.isEmpty { finish(now: now) } else { sendPiece() }
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
        guard let expiry = due.first else { return }
        connection.send(expiry.deletion, [.timestamptz(limits[expiry])])
        connection.sync()
    }

    private func endFirst() {
        guard let expiry = due.popFirst() else { return }
        if deleted > 0 {
            observations.append(.oldRowsDeleted(table: expiry.rawValue, count: deleted))
        }
        deleted = 0
    }

    private func finish(now: Int64) {
        connection.close()
        isRunning = false
        dueMilliseconds = now + configuration.housekeepingMilliseconds
    }
}
