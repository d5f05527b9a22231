// Which processors an instance runs: all, none, or those of a list.

package import Domain

/// A setting's text, read.
package enum ProcessorSelection {
    /// `all`, `none`, or names with commas between; nil for anything else.
    package static func parse(_ text: String) -> [ProcessorName]? {
        if text == "all" { return ProcessorName.allCases.sorted() }
        if text == "none" { return [] }
        var names: Set<ProcessorName> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = ProcessorName(rawValue: String(part)) else { return nil }
            names.insert(name)
        }
        return names.sorted()
    }
}
