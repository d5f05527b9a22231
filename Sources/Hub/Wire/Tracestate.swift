// The `tracestate` field (W3C Trace Context §3.3): what the systems on the way have to say about a
// trace. It is passed on as it came, or not at all.

/// Checks lists of vendors' members.
package enum Tracestate {
    /// The most members that are passed on.
    private static let membersMax = 32

    /// The list in its plain form, without blanks and empty members, a repeated key once; nil if a
    /// member is malformed, there are more than 32, or none.
    package static func normal(_ field: String) -> String? {
        var keys: Set<String> = []
        var members: [Substring] = []
        for part in field.utf8.split(separator: UInt8(ascii: ",")) {
            let member = trimmed(part)
            guard !member.isEmpty else { continue }
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let (key, value) = (member[..<equals], member[member.index(after: equals)...])
            guard isKey(key), isValue(value) else { return nil }
            guard keys.insert(String(Substring(key))).inserted else { continue }
            members.append(Substring(member))
        }
        guard (1...membersMax).contains(members.count) else { return nil }
        return members.joined(separator: ",")
    }

    /// Without blanks around it; those inside of a value belong to it.
    private static func trimmed(_ part: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = part.firstIndex(where: { !isBlank($0) }),
            let last = part.lastIndex(where: { !isBlank($0) })
        else { return part[part.endIndex...] }
        return part[first...last]
    }

    /// A letter or digit, then those and `_ - * / @`, 256 at most (level 2, §3.3.1.3.1).
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard (1...256).contains(key.count), let first = key.first, isAlphanumeric(first) else {
            return false
        }
        return key.allSatisfy { isAlphanumeric($0) || [0x5F, 0x2D, 0x2A, 0x2F, 0x40].contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    /// Visible ASCII and blanks without `,` and `=`, 256 at most.
    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count)
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
    }
}
