// What the reader has to tell the rest of the store thread, gathered until it is taken.

import Domain
import EventLog

/// What came of the reader since it was last asked.
struct ReaderOutput {
    /// What Postgres said of its head.
    struct Head {
        /// The log's name.
        let epoch: String
        /// Its last position.
        let position: UInt64
        /// What the loops had when it was asked.
        let known: UInt64
        /// The number of the last revocation.
        let access: UInt64
    }

    var outcomes: [(ticket: Ticket, outcome: ReadOutcome)] = []
    var heads: [Head] = []
    /// What came of a fetch of a gap.
    struct Gap {
        let events: [LoggedEvent]
        /// Events that were erased up to their end, as they are now.
        let erased: [LoggedEvent]
    }

    var gaps: [Gap] = []
    /// Tokens that were taken back, up to the number.
    var revoked: [(revocations: [Revocation], number: UInt64)] = []
    /// Renewals that other instances were told of.
    var renewed: [(ticket: Ticket, renewal: StreamRenewal)] = []
    /// Commands that erase events, and know now where these are.
    var prepared: [CommandRequest] = []
    /// Those of them that were given up.
    var refused: [CommandRequest] = []
    /// A fetch of a gap, if there was one, will not be answered.
    var isGapLost = false
    var observations: [StoreObservation] = []
}
