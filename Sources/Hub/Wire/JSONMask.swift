// Hiding members of a JSON object that is passed on as it is: their values become null, and every
// other byte stays. A reader finds all members that it knows, and a number keeps its digits.

/// Hides members of a JSON text.
package enum JSONMask {
    /// The text with null for the values of some members of one of its objects, each time that they
    /// stand there; nil if it is no JSON text.
    ///
    /// `path` names the members that lead to the object, from the text's own object on. Where it
    /// leads nowhere, or to no object, nothing is hidden.
    package static func hiding(
        _ names: [String], at path: [String], in text: [UInt8]
    ) -> [UInt8]? {
        guard let document = try? JSONDocument(text, depthMax: depthMax) else { return nil }
        var objects = [document.root]
        for step in path {
            objects = objects.flatMap { object in
                document.members(object).filter { $0.name == step }.map(\.value)
            }
        }
        let hidden = objects.flatMap { object in
            document.members(object).filter { names.contains($0.name) }
                .map { document.raw($0.value) }
        }
        var masked: [UInt8] = []
        masked.reserveCapacity(text.count)
        var kept = 0
        for value in hidden {
            masked.append(contentsOf: text[kept..<value.startIndex])
            masked.append(contentsOf: null)
            kept = value.endIndex
        }
        masked.append(contentsOf: text[kept...])
        return masked
    }

    private static let null = Array("null".utf8)
    /// More than a stored text can have: what is taken in may be 64 deep, and is wrapped twice.
    private static let depthMax = 96
}
