// Texts as keys. Swift takes two texts for equal that only look the same, such as an accented
// letter in one piece and in two; Postgres tells them apart by their bytes. Whatever a person wrote
// and something is found by is compared as Postgres does it, so that the outcome of a command never
// depends on which others share its batch.

/// A text that is told from others by its UTF-8 bytes, and sorted by them (`COLLATE "C"`).
package struct ExactText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package init(stringLiteral text: String) {
        self.text = text
    }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Those that look the same share a hash, which is no harm.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}
