// An event as a processor sees it: read from the log's text into a tree.

/// One event to react to.
package struct ProcessorInput: Equatable, Sendable {
    package let position: UInt64
    package let id: UniqueID
    package let name: String
    package let subject: String
    package let time: Timestamp
    package let actor: String
    package let traceparent: String
    /// How many effects lie between it and what a person did; 0 for that itself.
    package let depth: Int
    /// Whether somebody else reported it.
    package let isUnified: Bool
    /// The event's `data`.
    package let fields: FieldValue
    /// Whose what it is about was when it happened.
    package let ownership: Ownership
    /// Why the text could not be read; nil when it could.
    package let fault: String?

    package init(
        position: UInt64, id: UniqueID, name: String, subject: String, time: Timestamp,
        actor: String, traceparent: String, depth: Int, isUnified: Bool, fields: FieldValue,
        ownership: Ownership = Ownership(), fault: String? = nil
    ) {
        self.position = position
        self.id = id
        self.name = name
        self.subject = subject
        self.time = time
        self.actor = actor
        self.traceparent = traceparent
        self.depth = depth
        self.isUnified = isUnified
        self.fields = fields
        self.ownership = ownership
        self.fault = fault
    }

    /// Whether nothing is left of it but that it was.
    package var isErased: Bool { fields == ProcessorInput.erased }

    private static let erased = FieldValue.object([FieldMember("erased", .bool(true))])

    /// What lies at `type`, `subject`, `actor`, `id`, `time` or `data.…`; nil if there is nothing.
    package func value(at path: String) -> FieldValue? {
        switch path {
        case "type": return .string(name)
        case "subject": return .string(subject)
        case "actor": return .string(actor)
        case "id": return .string(id.text)
        case "time": return .string(time.text)
        default:
            let parts = path.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.first == "data" else { return nil }
            return fields.value(at: parts.dropFirst().map(String.init))
        }
    }

    /// Whose consent it needs; nil when it is about nobody.
    package var consentKey: ConsentKey? {
        if isUnified {
            return fields["user_id"]?.string.map {
                ConsentKey(subject: "users/" + $0, purpose: .eventProcessing)
            }
        }
        if case .leads? = Subject(subject)?.kind {
            return ConsentKey(subject: subject, purpose: .contract)
        }
        return fields["lead_id"]?.string.map {
            ConsentKey(subject: "leads/" + $0, purpose: .contract)
        }
    }

    /// The lead that it concerns.
    package var leadID: UniqueID? {
        if isUnified { return nil }
        if let subject = Subject(subject), subject.kind == .leads { return subject.id }
        return fields["lead_id"]?.string.flatMap { UniqueID($0) }
    }

    /// Who should deal with it: the owner of what it is about, else who did it.
    package var owner: String { fields["owner"]?.string ?? actor }

    /// The 32 hexadecimal digits of its trace.
    package var traceID: String { TraceContext(traceparent: traceparent).traceID }
}
