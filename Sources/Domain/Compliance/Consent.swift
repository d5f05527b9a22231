// Consent: an append-only history and what it says now, per subject and purpose. A withdrawal on
// record beats a flag in the request; the record is a fact loaded with the command's rows, so a
// withdrawal that was answered binds everywhere.

/// Why personal data is used; `code` is stable.
package struct Purpose: Hashable, Comparable, Sendable {
    package let code: String

    package init(code: String) {
        self.code = code
    }

    /// Handling a person's enquiry and contract.
    package static let contract = Purpose(code: "contract")
    /// Processing events about a person: scoring, automation, analytics.
    package static let eventProcessing = Purpose(code: "event_processing")
    /// Calling or writing to a person on our own account.
    package static let contact = Purpose(code: "contact")

    package static func < (left: Purpose, right: Purpose) -> Bool {
        left.code < right.code
    }
}

/// What the record on file says for one subject and purpose.
package enum ConsentStatus: String, Hashable, Sendable {
    case granted, withdrawn
}

/// Whose consent, for what.
package struct ConsentKey: Hashable, Comparable, Sendable {
    private let exactSubject: ExactText
    package let purpose: Purpose

    package init(subject: String, purpose: Purpose) {
        exactSubject = ExactText(subject)
        self.purpose = purpose
    }

    /// `leads/<uuid>` or `users/<id>`.
    package var subject: String { exactSubject.text }

    package static func < (left: ConsentKey, right: ConsentKey) -> Bool {
        (left.exactSubject, left.purpose) < (right.exactSubject, right.purpose)
    }
}

/// The fourth gate.
package enum ConsentGate {
    /// Checks the request's own flag, before anything is loaded.
    package static func check(flag: Bool?, purpose: Purpose) throws(Refusal) {
        if flag == false { throw .consentRequired(purpose: purpose, subject: nil) }
    }

    /// Checks the record on file: a withdrawal refuses whatever the flag says.
    package static func check(record: ConsentStatus?, key: ConsentKey) throws(Refusal) {
        if record == .withdrawn {
            throw .consentRequired(purpose: key.purpose, subject: key.subject)
        }
    }
}
