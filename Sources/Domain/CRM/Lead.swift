// A lead: somebody who might buy. Its fields, their limits and their normal forms.

/// Where a lead stands.
package enum LeadStatus: String, CaseIterable, Sendable {
    case new, contacted, qualified, converted, disqualified, recycled
}

/// A lead as it is stored and shown.
package struct Lead: Equatable, Sendable {
    package let id: UniqueID
    package var name: String
    package var email: String?
    package var phone: String?
    package var company: String?
    package var source: String?
    package var owner: String?
    package var team: String?
    package var tags: [String]
    package var score: Double?
    /// What the score is made of.
    package var scoreFactors: [Contribution] = []
    /// Counts the scores, from 0 for none: the entity tag's second part.
    package var scoreVersion: Int = 0
    package var status: LeadStatus
    /// When it became a customer; from then on it can't be changed.
    package var convertedAt: Timestamp?
    /// The deal that its conversion made.
    package var convertedOpportunity: UniqueID?
    /// Made in spite of a lead with the same email or phone.
    package var duplicateAllowed: Bool
    /// Counts the changes, from 1; the entity tag is made of it.
    package var version: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// When it was deleted; the row stays, and is found by nothing but an erasure.
    package var deletedAt: Timestamp?

    package init(
        id: UniqueID, name: String, email: String?, phone: String?, company: String?,
        source: String?, owner: String?, team: String?, tags: [String], score: Double?,
        status: LeadStatus, duplicateAllowed: Bool, version: Int, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.phone = phone
        self.company = company
        self.source = source
        self.owner = owner
        self.team = team
        self.tags = tags
        self.score = score
        self.status = status
        self.duplicateAllowed = duplicateAllowed
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Whose it is.
    package var ownership: Ownership { Ownership(owner: owner, team: team) }

    /// The subject of its events: `leads/<id>`.
    package var subject: String { Lead.subject(id) }

    package static func subject(_ id: UniqueID) -> String { "leads/" + id.text }

    /// The email as duplicates are found by: lower case.
    package var emailNormal: ExactText? { email.map { LeadField.normalEmail($0) } }

    /// The phone as duplicates are found by: digits with a leading plus.
    package var phoneNormal: String? { phone.flatMap { LeadField.normalPhone($0) } }
}

/// The fields that a client may set, each absent, null or a value.
package enum LeadFieldName: String, CaseIterable, Sendable {
    case name, email, phone, company, source, owner, team, tags, status
}

/// Checks of single fields; a refusal names the field.
package enum LeadField {
    /// Characters are Unicode scalars: a letter under any heap of accents would else be one.
    package static let textCharactersMax = 200
    package static let emailCharactersMax = 254
    package static let phoneCharactersMax = 40
    package static let tagsMax = 32
    package static let tagCharactersMax = 64

    /// Checks a text of 1 to 200 characters that is not blank and holds no control character.
    package static func text(_ value: String, field: String) throws(Refusal) -> String {
        let trimmed = trim(value)
        guard !trimmed.isEmpty else {
            throw .invalidField(field, "must not be blank")
        }
        guard trimmed.unicodeScalars.count <= textCharactersMax else {
            throw .invalidField(field, "must be at most \(textCharactersMax) characters")
        }
        guard !trimmed.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw .invalidField(field, "must not contain control characters")
        }
        return trimmed
    }

    /// Checks the shape of an address.
    ///
    /// One `@`, something on both sides, a domain of labels.
    /// Whether it exists only a message can tell.
    package static func email(_ value: String, field: String = "email") throws(Refusal) -> String {
        let trimmed = trim(value)
        let parts = trimmed.split(separator: "@", omittingEmptySubsequences: false)
        let domainLabels = parts.last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
        guard trimmed.utf8.count <= emailCharactersMax, parts.count == 2, !parts[0].isEmpty,
            parts[0].utf8.count <= 64, !domainLabels.isEmpty,
            domainLabels.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 63 }),
            trimmed.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 })
        else { throw .invalidField(field, "must be an email address") }
        return trimmed
    }

    /// Checks that a phone number has 5 to 15 digits (ITU-T E.164) and usual punctuation only.
    package static func phone(_ value: String, field: String = "phone") throws(Refusal) -> String {
        let trimmed = trim(value)
        guard trimmed.utf8.count <= phoneCharactersMax, normalPhone(trimmed) != nil else {
            throw .invalidField(field, "must be a phone number of 5 to 15 digits")
        }
        return trimmed
    }

    /// An address as duplicates are found by it.
    package static func normalEmail(_ value: String) -> ExactText { ExactText(value.lowercased()) }

    /// The digits of a phone number, with a plus when it was international; nil if it is none.
    package static func normalPhone(_ value: String) -> String? {
        var digits: [UInt8] = []
        var isInternational = false
        for (index, byte) in value.utf8.enumerated() {
            switch byte {
            case 48...57: digits.append(byte)
            case UInt8(ascii: "+") where index == 0: isInternational = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: "/"):
                continue
            default: return nil
            }
        }
        if !isInternational, digits.starts(with: [48, 48]) {
            digits.removeFirst(2)
            isInternational = true
        }
        guard (5...15).contains(digits.count) else { return nil }
        return (isInternational ? "+" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// Checks at most 32 tags of 1 to 64 characters; repeated ones are dropped.
    package static func tags(
        _ values: [String], field: String = "tags"
    ) throws(Refusal) -> [String] {
        guard values.count <= tagsMax else {
            throw .invalidField(field, "must be at most \(tagsMax) tags")
        }
        var kept: [String] = []
        for value in values {
            let tag = try text(value, field: field)
            guard tag.unicodeScalars.count <= tagCharactersMax else {
                throw .invalidField(field, "each must be at most \(tagCharactersMax) characters")
            }
            if !kept.contains(tag) { kept.append(tag) }
        }
        return kept
    }

    private static func trim(_ value: String) -> String {
        let scalars = value.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
