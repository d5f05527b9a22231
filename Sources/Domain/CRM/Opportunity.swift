// An opportunity: a deal with a lead, its stages and what they are worth.

/// Where a deal stands.
package enum OpportunityStage: String, CaseIterable, Sendable {
    case prospecting, qualification, proposal, negotiation, won, lost

    /// The chance of winning, in percent, where nobody says another.
    package var usualProbability: Int {
        switch self {
        case .prospecting: 10
        case .qualification: 20
        case .proposal: 50
        case .negotiation: 80
        case .won: 100
        case .lost: 0
        }
    }

    /// Whether the deal is still to be had.
    package var isOpen: Bool { self != .won && self != .lost }
}

/// A deal as it is stored and shown.
package struct Opportunity: Equatable, Sendable {
    package let id: UniqueID
    package let leadID: UniqueID
    package var name: String
    package var value: Amount
    package var currency: Currency
    package var stage: OpportunityStage
    /// The stage before this one; nil until it has moved.
    package var lastStage: OpportunityStage?
    /// In percent.
    package var probability: Int
    package var expectedClose: CalendarDate?
    package var owner: String?
    package var lostReason: String?
    /// Counts the changes, from 1.
    package var version: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// When it was deleted; the row stays, and nothing finds it.
    package var deletedAt: Timestamp?

    package init(
        id: UniqueID, leadID: UniqueID, name: String, value: Amount, currency: Currency,
        stage: OpportunityStage, probability: Int, expectedClose: CalendarDate?, owner: String?,
        lostReason: String?, version: Int, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.leadID = leadID
        self.name = name
        self.value = value
        self.currency = currency
        self.stage = stage
        self.probability = probability
        self.expectedClose = expectedClose
        self.owner = owner
        self.lostReason = lostReason
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// What it is worth by its chance: the value times the probability, to four decimals.
    package var weightedValue: Amount {
        let (whole, rest) = value.tenThousandths.quotientAndRemainder(dividingBy: 100)
        let chance = Int64(probability)
        return Amount(tenThousandths: whole * chance + (rest * chance + 50) / 100) ?? value
    }

    /// `opportunities/<id>`.
    package var subject: Subject { Subject(.opportunities, id) }
}

/// The moves of an opportunity, as data: one stage on, or lost from any open one.
package enum OpportunityTransitions {
    /// Where a deal may go from a stage.
    package static func allowed(from stage: OpportunityStage) -> [OpportunityStage] {
        switch stage {
        case .prospecting: [.qualification, .lost]
        case .qualification: [.proposal, .lost]
        case .proposal: [.negotiation, .lost]
        case .negotiation: [.won, .lost]
        case .won, .lost: []
        }
    }

    static func check(from: OpportunityStage, to: OpportunityStage) throws(Refusal) {
        let moves = allowed(from: from)
        guard moves.contains(to) else {
            throw .illegalTransition(
                field: "stage", from: from.rawValue, to: to.rawValue,
                allowed: moves.map(\.rawValue))
        }
    }
}
