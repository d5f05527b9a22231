// What the model is told of a subject. Names, addresses and ids of people are left out: they say
// who, not how good.

/// Features of events and contexts.
package enum SubjectFeatures {
    /// How deep a context or a payload is looked into.
    private static let depthMax = 4
    /// Longer texts are no categories.
    private static let categoryBytesMax = 64

    /// Everything in a context that is a number, a truth or a short text, named by its path.
    package static func ofContext(_ context: FieldValue) -> Features {
        var features: [Feature] = []
        add(context, name: "", depth: 0, to: &features)
        return Features(features)
    }

    /// The features of an event that is scored.
    package static func of(_ input: ProcessorInput) -> Features {
        var features: [Feature] = []
        if input.isUnified {
            features.append(Feature("event_type", input.name))
            if let payload = input.fields["payload"] {
                add(payload, name: "payload", depth: 0, to: &features)
            }
            return Features(features)
        }
        switch input.name {
        case "lead_created":
            features.append(Feature("has_email", isGiven(input.fields["email"])))
            features.append(Feature("has_phone", isGiven(input.fields["phone"])))
            features.append(Feature("has_company", isGiven(input.fields["company"])))
            addCategory("source", of: input, to: &features)
            if case .array(let tags)? = input.fields["tags"] {
                features.append(Feature("tags", Double(tags.count)))
            }
        case "opportunity_created":
            addNumber("value", of: input, to: &features)
            addNumber("probability", of: input, to: &features)
            addCategory("stage", of: input, to: &features)
            addCategory("currency", of: input, to: &features)
        case "order_created":
            addNumber("total", of: input, to: &features)
            addCategory("currency", of: input, to: &features)
            if case .array(let lines)? = input.fields["lines"] {
                features.append(Feature("lines", Double(lines.count)))
            }
        default: break
        }
        return Features(features)
    }

    private static func isGiven(_ value: FieldValue?) -> Bool {
        value.map { $0 != .null } ?? false
    }

    private static func addNumber(
        _ name: String, of input: ProcessorInput, to features: inout [Feature]
    ) {
        if let number = input.fields[name]?.number { features.append(Feature(name, number)) }
    }

    private static func addCategory(
        _ name: String, of input: ProcessorInput, to features: inout [Feature]
    ) {
        if let text = input.fields[name]?.string, text.utf8.count <= categoryBytesMax {
            features.append(Feature(name, text))
        }
    }

    private static func add(
        _ value: FieldValue, name: String, depth: Int, to features: inout [Feature]
    ) {
        guard features.count < Features.countMax else { return }
        switch value {
        case .number(let number, _): features.append(Feature(name, number))
        case .bool(let flag): features.append(Feature(name, flag))
        case .string(let text):
            if text.utf8.count <= categoryBytesMax { features.append(Feature(name, text)) }
        case .object(let members):
            guard depth < depthMax else { return }
            for member in members {
                let path = name.isEmpty ? member.name : name + "." + member.name
                add(member.value, name: path, depth: depth + 1, to: &features)
            }
        case .null, .array: break
        }
    }
}
