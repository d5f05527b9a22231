// Filling the places of a rule's texts from the event that fired it.

/// A text with places such as `{data.name}`.
package enum WorkflowTemplate {
    /// A filled text is cut to this many characters (Unicode scalars).
    package static let charactersMax = 200

    /// Fills the places; one that leads nowhere becomes nothing.
    ///
    /// A brace that is never closed stays, and control characters become spaces.
    package static func fill(_ template: String, from input: ProcessorInput) -> String {
        var text = String.UnicodeScalarView()
        var rest = template.unicodeScalars[...]
        while let open = rest.firstIndex(of: "{"),
            let close = rest[open...].firstIndex(of: "}")
        {
            text += rest[..<open]
            let path = String(rest[rest.index(after: open)..<close])
            text += (input.value(at: path)?.plainText ?? "").unicodeScalars
            rest = rest[rest.index(after: close)...]
        }
        text += rest
        let clean = text.prefix(charactersMax).map { scalar in
            scalar.value < 32 || scalar.value == 127 ? " " : scalar
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: clean)
        return String(result)
    }
}
