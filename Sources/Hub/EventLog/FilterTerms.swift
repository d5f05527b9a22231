// What one subscriber asks for in one breath: types, subjects and entities. The words of `types=`,
// `subject=` and `entity=`, and of one WebSocket `subscribe`. Subjects may hold what people wrote,
// so they are compared exactly.

/// One term of a filter: an event has to satisfy all three lists; an empty list is no condition.
package struct FilterTerms: Hashable, Sendable {
    /// Event names, or prefixes with a `*` at the end; one has to match.
    package var types: [String]
    /// Subjects such as `leads/<uuid>`; one has to be the event's.
    package var subjects: [String]
    /// Kinds such as `lead`; one has to be the event's.
    package var entities: [String]

    /// A term of these conditions.
    package init(types: [String] = [], subjects: [String] = [], entities: [String] = []) {
        self.types = types
        self.subjects = subjects
        self.entities = entities
    }

    /// Whether there is no condition at all.
    package var isEverything: Bool {
        types.isEmpty && subjects.isEmpty && entities.isEmpty
    }

    package static func == (left: FilterTerms, right: FilterTerms) -> Bool {
        left.types == right.types && left.entities == right.entities
            && left.hasSubjects(of: right)
    }

    /// Whether both name the same subjects, in the same order.
    func hasSubjects(of other: FilterTerms) -> Bool {
        ExactWords.areSame(subjects, other.subjects)
    }

    /// Whether an event satisfies all conditions.
    package func matches(name: String, subject: String, entity: String) -> Bool {
        (subjects.isEmpty || ExactWords.contains(subjects, subject))
            && (entities.isEmpty || entities.contains(entity))
            && (types.isEmpty || types.contains { FilterTerms.type($0, matches: name) })
    }

    /// The same conditions written in the one canonical way: sorted, each once, and the type `*`,
    /// which is no condition, left out with all beside it.
    var canonical: FilterTerms {
        FilterTerms(
            types: types.contains("*") ? [] : ExactWords.canonical(types),
            subjects: ExactWords.canonical(subjects),
            entities: ExactWords.canonical(entities))
    }

    /// What is left of this term when another is taken away; nil if nothing is.
    ///
    /// Both are canonical. Where two of the three conditions agree, the third loses the words that
    /// both name; a term with fewer conditions takes nothing away from one that it isn't equal to.
    func subtracting(_ other: FilterTerms) -> FilterTerms? {
        if self == other || other.isEverything { return nil }
        var rest = self
        if hasSubjects(of: other), entities == other.entities {
            guard !types.isEmpty, !other.types.isEmpty else { return self }
            rest.types.removeAll { other.types.contains($0) }
            return rest.types.isEmpty ? nil : rest
        }
        if types == other.types, entities == other.entities {
            guard !subjects.isEmpty, !other.subjects.isEmpty else { return self }
            rest.subjects.removeAll { ExactWords.contains(other.subjects, $0) }
            return rest.subjects.isEmpty ? nil : rest
        }
        if types == other.types, hasSubjects(of: other) {
            guard !entities.isEmpty, !other.entities.isEmpty else { return self }
            rest.entities.removeAll { other.entities.contains($0) }
            return rest.entities.isEmpty ? nil : rest
        }
        return self
    }

    /// Where this term is among others, for a canonical order.
    static func precedes(_ left: FilterTerms, _ right: FilterTerms) -> Bool {
        if !left.hasSubjects(of: right) {
            return left.subjects.lexicographicallyPrecedes(right.subjects, by: ExactWords.isBefore)
        }
        if left.entities != right.entities {
            return left.entities.lexicographicallyPrecedes(right.entities)
        }
        return left.types.lexicographicallyPrecedes(right.types)
    }

    private static func type(_ pattern: String, matches name: String) -> Bool {
        guard pattern.utf8.last == UInt8(ascii: "*") else { return pattern == name }
        return name.utf8.starts(with: pattern.utf8.dropLast())
    }
}
