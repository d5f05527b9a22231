// Counters of the processors for `/metrics` and `/admin/processors`: written by their thread alone,
// read by any thread.

package import Domain
import Synchronization

/// A reading of one processor on this instance.
///
/// `steps`, `effects`, `deadLetters` and `failures` only grow.
package struct ProcessorReading: Sendable, Equatable {
    /// Which one.
    package let name: ProcessorName
    /// Whether it runs on this instance: its lease is held here.
    package var isLeased = false
    /// The last position that it has dealt with, as far as this instance knows.
    package var cursor: UInt64 = 0
    /// How many positions of the log it has yet to look at; 0 where it doesn't run.
    package var lagPositions: UInt64 = 0
    /// How old the oldest event is that it has yet to look at; 0 when there is none.
    package var lagMilliseconds: Int64 = 0
    /// Steps that were committed.
    package var steps: UInt64 = 0
    /// Events that they made.
    package var effects: UInt64 = 0
    /// Events that were set aside.
    package var deadLetters: UInt64 = 0
    /// Steps that were refused, or failed; each was taken up again.
    package var failures: UInt64 = 0

    /// Nothing yet.
    package init(name: ProcessorName) {
        self.name = name
    }
}

/// The readings that are shared between the processors' thread and whoever asks.
package final class ProcessorMeters: Sendable {
    private let readings = Mutex<[ProcessorReading]>([])

    /// Nothing runs yet.
    package init() {}

    /// What they say now, one for each processor that this instance may run, by name.
    package var snapshot: [ProcessorReading] { readings.withLock { $0 } }

    /// Replaces what they say.
    package func update(_ newer: [ProcessorReading]) {
        readings.withLock { $0 = newer }
    }
}
