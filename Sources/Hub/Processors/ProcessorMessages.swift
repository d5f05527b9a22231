// What the engine asks of the world and what it is told: closed sets, so that the engine is tested
// without a database and knows nothing of how answers are written.

package import Domain
import EventLog

/// Something to read.
enum EngineRead: Equatable, Sendable {
    /// A page of the log.
    case page(Int)
    /// Postgres' head.
    case head
    /// The newest saved model.
    case model
    /// Dead letters that are to be tried again.
    case replays
}

/// What a read gave.
enum EngineReadOutcome: Sendable {
    case page(Segment?)
    case head(UInt64)
    /// The newest saved model; nil when none was saved.
    case model([UInt8]?)
    case replays([DeadLetter])
    /// Postgres can't be reached now.
    case unavailable
}

/// What came of a command.
enum EngineAnswer: Equatable, Sendable {
    /// The lease is ours, and there the cursor stands.
    case leased(cursor: UInt64)
    /// The step is done.
    case processed(effects: Int, deadLetters: Int)
    /// Done, with nothing to say.
    case recorded
    /// Somebody else has the lease.
    case leaseHeld
    /// Somebody else has moved the cursor or taken the lease.
    case cursorMoved
    /// It was not tried, or it is not known what came of it.
    case unavailable(retryAfterMilliseconds: Int64)
    /// It was refused for a reason that will not go away by itself.
    case failed(code: String)
}

/// What an operator may want to know of the processors; the hub logs it.
package enum ProcessorObservation: Sendable, Equatable {
    /// This instance runs it now.
    case leased(ProcessorName, cursor: UInt64)
    /// This instance runs it no longer.
    case lost(ProcessorName)
    /// A step was refused by the database and is tried in parts.
    case stepFailed(ProcessorName, from: UInt64, to: UInt64, code: String)
    /// So many events were set aside, up to a position.
    case deadLetters(ProcessorName, count: Int, to: UInt64)
    /// The model goes on from a saved one.
    case modelLoaded(position: UInt64, version: UInt64)
    /// The saved model can't be read; it is made anew from the whole log.
    case modelUnreadable
}

/// The clocks, read once a turn.
struct Moment: Equatable, Sendable {
    /// On a clock that never goes back.
    var monotonicMilliseconds: Int64
    /// Since 1970.
    var realtimeMilliseconds: Int64
}
