// What each visibility class doesn't see of an event. The classes and what is hidden from them are
// given from outside; here they are only applied.

import Wire

/// The members of events' data that are hidden, by visibility class and kind of thing.
package struct Masks: Sendable {
    /// Hidden members by the event's entity, for the classes 1, 2 and so on.
    private let hidden: [[String: [String]]]

    /// Masks of the classes from 1 on: members to hide by entity, such as `lead`.
    package init(_ hidden: [[String: [String]]]) {
        self.hidden = hidden
    }

    /// Hides nothing from the one class there is.
    package static let none = Masks([])

    /// What a class may see of an event's text, which keeps its bytes but for hidden values.
    package func event(
        _ text: [UInt8], about entity: String, for visibility: VisibilityClass
    ) -> [UInt8] {
        masked(text, about: entity, at: ["data"], for: visibility)
    }

    /// What a class may see of a thing's representation.
    package func representation(
        _ text: [UInt8], of entity: String, for visibility: VisibilityClass
    ) -> [UInt8] {
        masked(text, about: entity, at: [], for: visibility)
    }

    /// What is no JSON can't be masked, so nothing of it is shown.
    private func masked(
        _ text: [UInt8], about entity: String, at path: [String], for visibility: VisibilityClass
    ) -> [UInt8] {
        guard let names = names(of: entity, hiddenFrom: visibility) else { return text }
        return JSONMask.hiding(names, at: path, in: text) ?? Masks.nothing
    }

    /// The members of an entity that a class doesn't see; nil if it sees all.
    func names(of entity: String, hiddenFrom visibility: VisibilityClass) -> [String]? {
        if visibility == .full { return nil }
        let index = Int(visibility.rawValue) - 1
        precondition(index < hidden.count, "the class is one of those that there are")
        return hidden[index][entity]
    }

    private static let nothing = Array("{}".utf8)
}
