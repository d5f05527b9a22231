// One file of text, cut into lines and, where it is Swift, into tokens. The checks read these;
// none parses text on its own. A finding names the place, so that an editor can jump to it.

import Testing

/// A file and its text; a test's report names it by its path.
struct SourceFile: CustomTestStringConvertible, Sendable {
    /// Relative to the root, with `/`.
    let path: String
    let text: String
    /// Without their line ends.
    let lines: [Substring]
    /// Empty unless the file is Swift.
    let tokens: [SwiftToken]

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines
        tokens = path.hasSuffix(".swift") ? SwiftScanner.tokens(of: text) : []
    }

    var testDescription: String { path }

    /// What follows the last dot of the name; empty without one.
    var fileExtension: String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return String(name[name.index(after: dot)...])
    }

    /// The last component of the path.
    var name: Substring { path.split(separator: "/").last ?? "" }

    /// A finding at a line of this file; the first line is 1.
    func finding(_ line: Int, _ message: String) -> Finding {
        Finding(path: path, line: line, message: message)
    }
}

/// Where a rule is broken, and what to do instead.
struct Finding: Equatable, CustomStringConvertible, Sendable {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
