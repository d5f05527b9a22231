// What a subscriber wants to see: a union of terms, in canonical form, so that all who ask for the
// same compare equal and share one class of the log.

/// Which events a subscriber wants.
///
/// Equal wishes are equal values.
package struct Filter: Hashable, Sendable {
    /// The terms, canonical: sorted, each once.
    ///
    /// An event matches if one of them does.
    package let terms: [FilterTerms]
    /// Whether every event matches.
    package let isEverything: Bool
    /// What it is limited to; nil for who sees everything.
    package let scope: OwnershipScope?

    /// Lets every event through.
    package static let everything = Filter([FilterTerms()])
    /// Lets no event through.
    package static let nothing = Filter([])

    /// The union of some terms, of none nothing, within a scope.
    package init(_ terms: [FilterTerms], scope: OwnershipScope? = nil) {
        self.terms = Filter.canonical(terms)
        self.scope = scope
        isEverything = scope == nil && self.terms.contains { $0.isEverything }
    }

    /// The same wishes of somebody who may see other things.
    package func scoped(by scope: OwnershipScope?) -> Filter {
        Filter(terms, scope: scope)
    }

    /// Whether no event matches.
    package var isNothing: Bool { terms.isEmpty }

    /// Whether an event of this name, about this subject of this kind and of these owners, is
    /// wanted and may be seen.
    package func matches(
        name: String, subject: String, entity: String, of owners: EventOwners
    ) -> Bool {
        if isEverything { return true }
        if let scope, !scope.includes(name: name, entity: entity, of: owners) { return false }
        return terms.contains { $0.matches(name: name, subject: subject, entity: entity) }
    }

    /// This and what one more term asks for. (A stream that has `everything` only because nobody
    /// said otherwise starts from `nothing` instead: the caller knows which it is.)
    package func adding(_ term: FilterTerms) -> Filter {
        Filter(terms + [term], scope: scope)
    }

    /// This without what a term asks for: an equal term goes; one that differs in a single
    /// condition loses the words that both name; a term without conditions takes all away.
    ///
    /// Without its last term a filter is `nothing`. What was never asked for by name stays: the
    /// filter comes back unchanged.
    package func removing(_ term: FilterTerms) -> Filter {
        let removed = term.canonical
        return Filter(terms.compactMap { $0.subtracting(removed) }, scope: scope)
    }

    /// Sorts terms, and joins the types of those that agree in all else.
    private static func canonical(_ terms: [FilterTerms]) -> [FilterTerms] {
        if terms.count < 2 { return terms.map(\.canonical) }
        let sorted = terms.map(\.canonical).sorted(by: FilterTerms.precedes)
        var joined: [FilterTerms] = []
        for term in sorted {
            guard let last = joined.last, last.hasSubjects(of: term),
                last.entities == term.entities, !last.types.isEmpty || term.types.isEmpty
            else {
                joined.append(term)
                continue
            }
            var union = last
            union.types += term.types
            joined[joined.count - 1] = union.canonical
        }
        return joined
    }
}

extension Filter {
    /// How many types one list may name.
    package static let typesMax = 64

    /// Reads `a,b,order_*`: names of `[a-z][a-z0-9_.]{0,63}`, each with `*` at its end or not, or
    /// `*` alone; 1 to `typesMax` of them.
    ///
    /// Anything else is nil.
    package static func parseTypes(_ text: String) -> [String]? {
        let words = text.utf8.split(
            separator: UInt8(ascii: ","), maxSplits: typesMax, omittingEmptySubsequences: false)
        guard words.count <= typesMax else { return nil }
        var types: [String] = []
        types.reserveCapacity(words.count)
        for word in words {
            guard isType(word) else { return nil }
            types.append(String(Substring(word)))
        }
        return types
    }

    private static func isType(_ word: Substring.UTF8View) -> Bool {
        let isPrefix = word.last == UInt8(ascii: "*")
        let name = isPrefix ? word.dropLast() : word
        guard let initial = name.first else { return isPrefix }
        guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(initial) else { return false }
        return name.count <= 64
            && name.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default:
                    false
                }
            }
    }
}
