// The registry of purposes: what personal data is used for, and what people are told about it.

/// A purpose with its notice.
package struct PurposeNotice: Equatable, Sendable {
    package let purpose: Purpose
    package let title: String
    /// What the person is told.
    package let notice: String
    /// `contract` or `consent`, the two bases that are used here.
    package let lawfulBasis: String

    /// Every purpose there is.
    package static let all = [
        PurposeNotice(
            purpose: .contract, title: "Enquiry and contract",
            notice: "We use your details to answer your enquiry, and to sell, ship and follow up.",
            lawfulBasis: "contract"),
        PurposeNotice(
            purpose: .eventProcessing, title: "Processing of events",
            notice: "We use events about you to score, automate and analyse our work.",
            lawfulBasis: "consent"),
        PurposeNotice(
            purpose: .contact, title: "Contacting you",
            notice: "We call you or write to you about offers that fit.",
            lawfulBasis: "consent"),
    ]

    /// The notice of a purpose; nil for a code that is none.
    package static func named(_ code: String) -> PurposeNotice? {
        all.first { $0.purpose.code == code }
    }
}
