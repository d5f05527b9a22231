// Which processors an instance runs: all, none, or those of a list. The sealer is named among them,
// though it reads the audit trail and not the log.

package import Domain

/// A setting's text, read.
package struct ProcessorSelection: Equatable, Sendable {
    /// The readers of the log.
    package let names: [ProcessorName]
    /// Whether the sealer runs, too.
    package let seals: Bool

    /// What a list may name.
    package static let known = ProcessorName.allCases.map(\.rawValue) + [sealer]
    private static let sealer = "sealer"

    /// Reads `all`, `none`, or names with commas between; nil for anything else.
    package init?(_ text: String) {
        if text == "none" {
            names = []
            seals = false
            return
        }
        let words =
            text == "all"
            ? ProcessorSelection.known
            : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard words.allSatisfy({ ProcessorSelection.known.contains($0) }) else { return nil }
        names = Set(words.compactMap { ProcessorName(rawValue: $0) }).sorted()
        seals = words.contains(ProcessorSelection.sealer)
    }
}
