// A line of the audit trail as it is stored, whatever it holds, and the bytes that stand for it
// under a hash. They are the JSON text of RFC 8785 of an object with ten members: no space between,
// the members in the order of their names,
//
//   {"action":"lead.create","count":1,"id":"0190…","layer":"business","reason":null,
//    "resource":"leads/0190…","success":true,"timestamp":1795824000000000,"trace_id":"…",
//    "user_id":"sam"}
//
// `timestamp` is in microseconds since 1970. The number is not among them: a leaf's place is its
// number, so a row that was moved is told from one that was changed.

/// A stored line of the audit trail.
package struct AuditRow: Equatable, Sendable {
    /// Its place, from 1.
    package var number: Int64
    package var id: UniqueID
    package var userID: String
    package var action: String
    package var resource: String
    /// When, in microseconds since 1970.
    package var microseconds: Int64
    package var success: Bool
    package var layer: String
    package var reason: String?
    package var traceID: String
    package var count: Int64

    package init(
        number: Int64, id: UniqueID, userID: String, action: String, resource: String,
        microseconds: Int64, success: Bool, layer: String, reason: String?, traceID: String,
        count: Int64
    ) {
        self.number = number
        self.id = id
        self.userID = userID
        self.action = action
        self.resource = resource
        self.microseconds = microseconds
        self.success = success
        self.layer = layer
        self.reason = reason
        self.traceID = traceID
        self.count = count
    }

    /// The bytes that are hashed.
    package var canonical: [UInt8] {
        var bytes: [UInt8] = []
        appendCanonical(to: &bytes)
        return bytes
    }

    /// Appends the bytes that are hashed.
    package func appendCanonical(to bytes: inout [UInt8]) {
        AuditRow.append("{\"action\":", action, to: &bytes)
        AuditRow.append(",\"count\":", count, to: &bytes)
        AuditRow.append(",\"id\":", id.text, to: &bytes)
        AuditRow.append(",\"layer\":", layer, to: &bytes)
        if let reason {
            AuditRow.append(",\"reason\":", reason, to: &bytes)
        } else {
            AuditRow.append(",\"reason\":null", to: &bytes)
        }
        AuditRow.append(",\"resource\":", resource, to: &bytes)
        AuditRow.append(success ? ",\"success\":true" : ",\"success\":false", to: &bytes)
        AuditRow.append(",\"timestamp\":", microseconds, to: &bytes)
        AuditRow.append(",\"trace_id\":", traceID, to: &bytes)
        AuditRow.append(",\"user_id\":", userID, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ name: StaticString, to bytes: inout [UInt8]) {
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    private static func append(_ name: StaticString, _ number: Int64, to bytes: inout [UInt8]) {
        append(name, to: &bytes)
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Appends a text as RFC 8785 §3.2.2.2 writes it.
    private static func append(_ name: StaticString, _ text: String, to bytes: inout [UInt8]) {
        append(name, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        // Almost all are plain, and copied at once.
        if text.utf8.allSatisfy({ !isEscaped($0) }) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 {
                if isEscaped(byte) { appendEscaped(byte, to: &bytes) } else { bytes.append(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x00..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            append("u00", to: &bytes)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}
