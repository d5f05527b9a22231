// Words that people wrote, told apart and sorted by their bytes, as in Postgres: Swift takes for
// equal what only looks the same, such as an accented letter in one piece and in two.

/// Comparisons of words.
enum ExactWords {
    static func isSame(_ left: String, _ right: String) -> Bool {
        left == right && left.utf8.elementsEqual(right.utf8)
    }

    static func areSame(_ left: [String], _ right: [String]) -> Bool {
        left.elementsEqual(right, by: isSame)
    }

    static func isBefore(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    static func contains(_ words: [String], _ word: String) -> Bool {
        words.contains { isSame($0, word) }
    }

    /// Sorted, each once.
    static func canonical(_ words: [String]) -> [String] {
        if words.count < 2 { return words }
        return words.sorted(by: isBefore).reduce(into: []) { unique, word in
            if !(unique.last.map { isSame($0, word) } ?? false) { unique.append(word) }
        }
    }
}
