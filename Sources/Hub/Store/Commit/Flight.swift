// Statements that went out together, up to a sync, and what came back of them. Results are kept
// until the sync, so that a flight is handled whole.

/// One flight of the pipeline.
struct Flight {
    /// When it was sent, on the monotonic clock.
    let sentMilliseconds: Int64
    /// The results, in the order of the statements, up to the one that failed.
    private(set) var results: [PostgresResult] = []
    /// Why a statement failed, the one after `results`.
    private(set) var error: PostgresError?

    init(sentMilliseconds: Int64) {
        self.sentMilliseconds = sentMilliseconds
    }

    /// Takes in what came; true when the flight is over.
    mutating func take(_ event: PostgresEvent) -> Bool {
        switch event {
        case .result(let result): results.append(result)
        // A fatal error says why the connection goes, not which statement it stopped.
        case .failed(let error):
            if self.error == nil, !error.isFatal, !error.sqlState.isEmpty { self.error = error }
        case .synced: return true
        case .connected, .aborted, .notification, .lost: break
        }
        return false
    }
}
