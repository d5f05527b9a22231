// Schemas of the values that requests and answers are made of. Each says what the readers of
// fields and parameters take, no more and no less; tests hold the two together.

import Domain
import EventLog

extension JSONSchema {
    /// Any text without U+0000, which Postgres can't keep.
    static func text(_ sample: String) -> JSONSchema { .string(sample, pattern: #"^[^\x00]*$"#) }

    /// A text of one line, its ends trimmed (`FieldReader.shortText`).
    static func line(_ sample: String, max: Int = LeadField.textCharactersMax) -> JSONSchema {
        .string(
            sample, min: 1, max: max,
            pattern: #"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"#)
    }

    /// A text of several lines (`FieldReader.prose`).
    static func prose(_ sample: String) -> JSONSchema {
        let allowed = #"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*"#
        return .string(
            sample, min: 1, max: FieldReader.proseCharactersMax,
            pattern: "^" + allowed + #"[^\s\x00-\x1f\x7f]"# + allowed + "$")
    }

    /// An id; the hub makes UUIDs of version 7.
    static let id = JSONSchema.string("01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e", format: "uuid")

    /// A moment as the hub writes it.
    static let time = JSONSchema.string("2026-11-25T08:05:00.123Z", format: "date-time")

    /// A day.
    static let date = JSONSchema.string("2026-12-01", format: "date")

    /// Money, exact: below 10^14 with at most four decimals.
    static func amount(_ sample: String) -> JSONSchema {
        .string(
            sample, pattern: #"^(-0+(\.0{1,4})?|0*[0-9]{1,14}(\.[0-9]{1,4})?)$"#)
    }

    /// Money as the hub writes it.
    static func money(_ sample: String) -> JSONSchema {
        .string(sample, pattern: #"^-?[0-9]{1,14}\.[0-9]{2,4}$"#)
    }

    /// A currency's code (ISO 4217).
    static let currency = JSONSchema.words(Currency.codes.sorted()).example(.string("INR"))

    /// What something is about: `<kind>/<id>`.
    static func subject(_ kinds: [EntityKind]) -> JSONSchema {
        let names = kinds.map(\.rawValue).joined(separator: "|")
        let digit = "[0-9a-fA-F]"
        return .string(
            "\(kinds.first?.rawValue ?? "leads")/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e",
            pattern: "^(\(names))/\(digit){8}-\(digit){4}-\(digit){4}-\(digit){4}-\(digit){12}$")
    }

    /// A lead, or a user that events name.
    static let person = JSONSchema.string(
        "leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e",
        pattern: "^(leads/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
            + #"|users/[^\x00]{1,128})$"#)

    /// A whole number that counts on from zero.
    static func count(_ sample: Int = 0) -> JSONSchema {
        JSONSchema.integer(sample).with("minimum", .integer(0))
    }

    /// A place in the log, as a decimal string, for it may be beyond what a double can count.
    static let position = JSONSchema.string("42", pattern: "^[0-9]+$")

    /// An event's id on a stream: the log's epoch and a position.
    static let eventID = JSONSchema.string("5f3a09c1-42", pattern: "^([0-9a-f]{8}-[0-9]+|0)$")

    /// An email address (`LeadField.email`).
    static let email = JSONSchema.string(
        "asha@example.test", max: LeadField.emailCharactersMax, format: "email")

    /// A phone number of 5 to 15 digits and usual punctuation (`LeadField.phone`).
    static let phone: JSONSchema = {
        let mark = "[ ./()-]*"
        let more = "([0-9]\(mark))"
        return .string(
            "+91 98450 00000", max: LeadField.phoneCharactersMax,
            pattern: #"^(\+\#(mark)\#(more){5,15}|\#(mark)[1-9]\#(mark)\#(more){4,14}"#
                + "|\(mark)0\(mark)[1-9]\(mark)\(more){3,13}|\(mark)0\(mark)0\(mark)\(more){5,15})$"
        )
    }()

    /// Tags of a lead.
    static let tags = JSONSchema.list(
        of: .line("priority", max: LeadField.tagCharactersMax), max: LeadField.tagsMax)

    /// The name of an event that somebody reports.
    static let reportedType = JSONSchema.string("sla_warning", pattern: "^[a-z][a-z0-9_.]{0,63}$")
        .with("not", .members(("enum", .texts(EventType.reserved.sorted()))))

    /// An opaque name of a task or a user.
    static func opaque(_ sample: String) -> JSONSchema {
        .string(
            sample, min: 1, max: UnifiedEventCoding.opaqueCharactersMax, pattern: #"^[^\x00]*$"#)
    }

    /// The request's own word on consent.
    static let consentFlag = JSONSchema.flag(true).orNull.described(
        "false refuses the request with 403 consent_required; without it the record on file "
            + "decides.")

    /// The name of a stream that its client chose.
    static let streamName = JSONSchema.string("tab-1", pattern: "^[A-Za-z0-9._~-]{1,64}$")

    /// Roles of somebody.
    static let roles = JSONSchema.list(of: .choice(Role.self))
}
