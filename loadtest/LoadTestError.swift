// Why a load test could not run. What happens during a run is counted in its report instead:
// an error here means that there is nothing to report.

package import Reactor

/// A load test that could not start or go on.
package enum LoadTestError: Error, Equatable, CustomStringConvertible {
    /// The address is not one of this machine.
    case targetNotLoopback(String)
    /// The address could not be read.
    case targetMalformed(String)
    /// An option has a value that makes no sense.
    case optionInvalid(name: String, reason: String)
    /// The process may not open enough descriptors.
    case descriptorsTooFew(needed: Int, allowed: Int)
    /// Nothing answers at the target.
    case unreachable(String)
    /// The kernel refused something else.
    case system(Errno)

    /// A sentence for the person at the terminal.
    package var description: String {
        switch self {
        case .targetNotLoopback(let host):
            "\(host) is not an address of this machine: load tests go to 127.0.0.0/8 or ::1 alone"
        case .targetMalformed(let text):
            "\(text) is not an address like http://127.0.0.1:8005"
        case .optionInvalid(let name, let reason):
            "\(name): \(reason)"
        case .descriptorsTooFew(let needed, let allowed):
            "\(needed) descriptors are needed and \(allowed) allowed: raise `ulimit -n`"
        case .unreachable(let reason):
            "the server cannot be reached: \(reason)"
        case .system(let error):
            error.description
        }
    }
}
