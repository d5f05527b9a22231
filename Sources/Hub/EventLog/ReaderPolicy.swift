// What becomes of a subscriber that can't keep up; chosen by it when it subscribes.

/// How a stream treats a slow reader.
package enum ReaderPolicy: String, Sendable, CaseIterable {
    /// The connection is ended: the client comes back and resumes.
    case disconnect
    /// Of several events about one subject that are due together, only the newest is sent.
    case latest
    /// What it could not take is left out, and a gap says so.
    case skip
}

/// A limit on the events of one stream.
///
/// At most so many leave in any window, so that a second never has more than a quarter above the
/// rate.
package struct Pace: Equatable, Sendable {
    /// Events of one window.
    private let perWindow: Int
    private let windowMilliseconds: Int64
    private var windowStart: Int64 = .min
    private var sent = 0

    /// The most events a second that can be asked for; more is no limit worth a name.
    package static let perSecondMax = 10_000

    /// A limit of so many events a second, 1 to `perSecondMax`.
    package init(perSecond: Int) {
        precondition((1...Pace.perSecondMax).contains(perSecond))
        perWindow = perSecond < 4 ? 1 : perSecond / 4
        windowMilliseconds = perSecond < 4 ? Int64(1_000 / perSecond) : 250
    }

    /// How many events may leave now.
    package mutating func allowance(at now: Int64) -> Int {
        if windowStart == .min || now - windowStart >= windowMilliseconds {
            windowStart = now
            sent = 0
        }
        return perWindow - sent
    }

    /// Counts events that have left.
    package mutating func spend(_ count: Int) {
        sent += count
    }

    /// When more may leave.
    package var nextMilliseconds: Int64 {
        windowStart == .min ? .min : windowStart + windowMilliseconds
    }
}
