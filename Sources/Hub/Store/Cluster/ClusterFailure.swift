// Why a private cluster can't run, in words that name what to change.

/// A reason not to start.
package enum ClusterFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The folder can't be used.
    case folder(String)
    /// Postgres is not installed, or not in the version of the data.
    case binaries(String)
    /// A program of Postgres failed; its log says more.
    case program(String)

    /// What to tell the operator.
    package var description: String {
        switch self {
        case .folder(let reason), .binaries(let reason), .program(let reason): reason
        }
    }
}
