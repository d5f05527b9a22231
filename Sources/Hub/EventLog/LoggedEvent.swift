// One event as the log keeps it: its place, what filters look at, and the exact text that was
// stored. The position is not in the text: it is only known when the batch commits, and is spliced
// in when the event is framed.

/// One event of the log, as it is stored.
package struct LoggedEvent: Sendable {
    /// Its place in the log: 1, 2, 3 … without a hole.
    package let position: UInt64
    /// The event's name, such as `lead_created`: the SSE `event:` field, and what `types=` matches.
    package let name: String
    /// What the event is about, such as `leads/<uuid>`; may be empty.
    package let subject: String
    /// Whose what it is about is.
    package let owners: EventOwners
    /// The CloudEvent: a JSON object on one line with at least one member, without `position`.
    package let text: [UInt8]

    /// An event with its stored text.
    package init(
        position: UInt64, name: String, subject: String, owners: EventOwners = EventOwners(),
        text: [UInt8]
    ) {
        self.position = position
        self.name = name
        self.subject = subject
        self.owners = owners
        self.text = text
    }

    /// The kind of thing that the event is about, in the singular: what `entity=` matches.
    package var entity: String {
        LoggedEvent.entity(ofSubject: subject)
    }

    /// The singular of a subject's first part: `leads/…` is a `lead`, `deliveries/…` a `delivery`,
    /// `addresses/…` an `address`, `feedback/…` stays `feedback`.
    ///
    /// An empty subject has none: `""`.
    package static func entity(ofSubject subject: String) -> String {
        let kind = subject.prefix { $0 != "/" }
        if kind.hasSuffix("ies") { return kind.dropLast(3) + "y" }
        if kind.hasSuffix("sses") { return String(kind.dropLast(2)) }
        if kind.hasSuffix("s"), !kind.hasSuffix("ss") { return String(kind.dropLast()) }
        return String(kind)
    }
}
