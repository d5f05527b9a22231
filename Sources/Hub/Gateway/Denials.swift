// What the gates refuse, for the audit trail: equal refusals within a second are one row with a
// count, so that a flood costs the database a row a second, not a row a request.

import Domain

/// Refusals since the last flush.
struct Denials {
    private struct Key: Hashable {
        let userID: ExactText
        let action: String
        let resource: ExactText
        let reason: String
    }

    private struct Tally {
        var count: Int
        let layer: Layer
        let traceID: String
    }

    private var tallies: [Key: Tally] = [:]
    /// Different refusals kept a second; what is beyond counts together.
    static let differentMax = 256

    var isEmpty: Bool { tallies.isEmpty }

    /// Counts one.
    mutating func add(
        userID: String, action: String, resource: String, layer: Layer, reason: String,
        traceID: String
    ) {
        var key = Key(
            userID: ExactText(userID), action: action,
            resource: ExactText(String(resource.prefix(256))), reason: reason)
        if tallies[key] == nil, tallies.count >= Denials.differentMax {
            key = Key(userID: "*", action: action, resource: "*", reason: reason)
        }
        tallies[key, default: Tally(count: 0, layer: layer, traceID: traceID)].count += 1
    }

    /// The rows for what was counted; begins anew.
    mutating func take(ids: inout FreshIDs) -> [AuditEntry] {
        let time = Timestamp(milliseconds: ids.milliseconds)
        let entries = tallies.map { key, tally in
            AuditEntry(
                id: ids.next(), userID: key.userID.text, action: key.action,
                resource: key.resource.text, time: time, success: false, layer: tally.layer,
                reason: key.reason, traceID: tally.traceID, count: tally.count)
        }
        tallies.removeAll(keepingCapacity: true)
        return entries
    }
}
