// What the gates refuse, for the audit trail, and the reads that leave a line in it: equal ones
// within a second are one row with a count, so that a flood costs the database a row a second, not
// a row a request.

import Domain

/// Refusals since the last flush.
struct Denials {
    private struct Key: Hashable {
        let userID: ExactText
        let action: String
        let resource: ExactText
        let reason: String?
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

    /// Counts one; without a reason it was allowed.
    mutating func add(
        userID: String, action: String, resource: String, layer: Layer, reason: String?,
        traceID: String
    ) {
        var key = Key(
            userID: ExactText(userID), action: action,
            resource: ExactText(Denials.plain(resource)), reason: reason)
        if tallies[key] == nil, tallies.count >= Denials.differentMax {
            key = Key(userID: "*", action: action, resource: "*", reason: reason)
        }
        tallies[key, default: Tally(count: 0, layer: layer, traceID: traceID)].count += 1
    }

    /// A path without what follows it, be it as a query or as somebody's mistaken form of one: a
    /// token is sent there, which must be written nowhere.
    static func plain(_ path: String) -> String {
        var plain: [UInt8] = []
        let bytes = Array(path.utf8.prefix(pathBytesMax))
        for (index, byte) in bytes.enumerated() {
            var byte = byte
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count {
                let digits = String(decoding: bytes[index + 1...index + 2], as: UTF8.self)
                byte = UInt8(digits, radix: 16) ?? byte
            }
            guard !marks.contains(byte) else { break }
            plain.append(bytes[index])
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static let pathBytesMax = 256
    private static let marks = Set("?&;=#".utf8)

    /// The rows for what was counted; begins anew.
    mutating func take(ids: inout FreshIDs) -> [AuditEntry] {
        let time = Timestamp(milliseconds: ids.milliseconds)
        let entries = tallies.map { key, tally in
            AuditEntry(
                id: ids.next(), userID: key.userID.text, action: key.action,
                resource: key.resource.text, time: time, success: key.reason == nil,
                layer: tally.layer,
                reason: key.reason, traceID: tally.traceID, count: tally.count)
        }
        tallies.removeAll(keepingCapacity: true)
        return entries
    }
}
