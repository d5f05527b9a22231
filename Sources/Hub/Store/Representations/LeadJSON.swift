// A lead as clients see it: in answers, in lists, and as the data of its events. All members are
// always there, null when they have no value, so that a reader needs no case for their absence; but
// `deleted_at` stands only in the event that tells of a deletion, for afterwards nobody reads it.

package import Domain
package import Wire

/// The representation of a lead.
package enum LeadJSON {
    /// Where a lead is found.
    package static func path(_ id: UniqueID) -> String { "/crm/leads/" + id.text }

    /// A strong entity tag: the version, and the number of its score once it has one, in quotes
    /// (RFC 9110 §8.8.3).
    ///
    /// `If-Match` compares the version alone: a score is no edit that could be lost.
    package static func etag(_ lead: Lead) -> String {
        etag(version: lead.version, scoreVersion: lead.scoreVersion)
    }

    /// The same of the two numbers.
    static func etag(version: Int, scoreVersion: Int) -> String {
        scoreVersion == 0 ? EntityTag.text(version) : "\"\(version).\(scoreVersion)\""
    }

    /// The object as text.
    package static func text(_ lead: Lead) -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        append(lead, to: &writer)
        return writer.bytes
    }

    /// Appends the object; in an event of a change, with the names of the fields that changed.
    package static func append(
        _ lead: Lead, changed: [String] = [], to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", lead.id.text)
        writer.member("name", lead.name)
        writer.member("email", lead.email)
        writer.member("phone", lead.phone)
        writer.member("company", lead.company)
        writer.member("source", lead.source)
        writer.member("owner", lead.owner)
        writer.member("team", lead.team)
        writer.member("tags", lead.tags)
        writer.name("score")
        if let score = lead.score { writer.number(score) } else { writer.null() }
        writer.name("score_factors")
        DecisionJSON.append(lead.scoreFactors, to: &writer)
        writer.member("score_version", lead.scoreVersion)
        writer.member("status", lead.status.rawValue)
        writer.member("converted_at", lead.convertedAt?.text)
        writer.member("converted_opportunity", lead.convertedOpportunity?.text)
        writer.name("duplicate_allowed")
        writer.bool(lead.duplicateAllowed)
        writer.name("version")
        writer.integer(lead.version)
        writer.member("created_at", lead.createdAt.text)
        writer.member("updated_at", lead.updatedAt.text)
        if let time = lead.deletedAt { writer.member("deleted_at", time.text) }
        if !changed.isEmpty { writer.member("changed", changed) }
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes a member that is a string, or null.
    mutating func member(_ name: StaticString, _ text: String?) {
        self.name(name)
        if let text { string(text) } else { null() }
    }

    /// Writes a member that is an array of strings.
    mutating func member(_ name: StaticString, _ texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
