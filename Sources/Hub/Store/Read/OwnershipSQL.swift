// Whose rows are, as conditions: the same rule as `Principal.reaches` in Domain. `$?` stands for an
// array, the reader and then their teams.

import Domain

/// Conditions of who sees only what is theirs.
enum OwnershipSQL {
    /// The reader and their teams.
    static func parameter(_ reader: Principal) -> Parameter {
        .texts([reader.subject] + reader.teams)
    }

    /// A lead of the reader's, of their teams, or of nobody.
    static func ofLead(_ lead: String) -> String {
        """
        (\(lead).owner = ($?)[1] OR \(lead).team = ANY (($?)[2:])
            OR (\(lead).owner IS NULL AND \(lead).team IS NULL))
        """
    }

    /// What is about a lead of theirs, or is held by them; `holder` is a column, or NULL.
    static func ofChild(_ row: String, holder: String) -> String {
        """
        (\(holder) = ($?)[1] OR (\(row).lead_id IS NULL AND \(holder) IS NULL) OR EXISTS (
            SELECT FROM leads AS l WHERE l.id = \(row).lead_id AND \(ofLead("l"))))
        """
    }
}

extension RecordKind {
    /// Which rows, named `r`, are a reader's own; nil for a kind that has no owners.
    var ownCondition: String? {
        switch self {
        case .opportunities, .orders, .deliveries: OwnershipSQL.ofChild("r", holder: "r.owner")
        case .tasks: OwnershipSQL.ofChild("r", holder: "r.assignee")
        case .feedback: OwnershipSQL.ofChild("r", holder: "r.actor")
        case .decisions: OwnershipSQL.ofChild("r", holder: "NULL::text")
        case .workflowRuns:
            """
            EXISTS (SELECT FROM events AS e WHERE e.id = r.event AND (e.holder = ($?)[1]
                OR \(OwnershipSQL.ofLead("e"))))
            """
        case .notifications, .consents, .logs, .deadLetters, .users, .sessions: nil
        }
    }
}
