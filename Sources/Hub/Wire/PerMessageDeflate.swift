// What client and server agree on before WebSocket messages are compressed (RFC 7692 §7.1). Each
// message is compressed by itself in both directions: one compression serves every subscriber, and
// a connection that is idle keeps no window.

/// The agreement on `permessage-deflate`.
package struct PerMessageDeflate: Equatable, Sendable {
    /// The size of the window that the server may use, in bits: 9 to 15.
    package let windowBits: Int
    /// Whether the client asked for a limit, which the answer then names.
    private let namesWindow: Bool

    /// Takes the first offer of a `Sec-WebSocket-Extensions` field that can be met; nil when none
    /// can, and then nothing is compressed.
    package init?(offers: String, smallestWindowBits: Int = 9) {
        for offer in Self.split(offers, at: ",") {
            guard let accepted = Self(offer: offer), accepted.windowBits >= smallestWindowBits
            else { continue }
            self = accepted
            return
        }
        return nil
    }

    /// The answer's `Sec-WebSocket-Extensions`.
    package var answer: String {
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            + (namesWindow ? "; server_max_window_bits=\(windowBits)" : "")
    }

    /// One offer; nil when it is another extension, or has a parameter that is unknown, comes
    /// twice, or has a value that it can't have: such an offer is declined (§7.1).
    private init?(offer: String) {
        let parts = Self.split(offer, at: ";")
        guard parts.first == "permessage-deflate" else { return nil }
        var seen: Set<String> = []
        var bits = 15
        var namesWindow = false
        for part in parts.dropFirst() {
            let pair = Self.split(part, at: "=")
            guard pair.count <= 2, seen.insert(pair[0]).inserted else { return nil }
            let value = pair.count == 2 ? Self.unquoted(pair[1]) : nil
            switch pair[0] {
            case "server_no_context_takeover", "client_no_context_takeover":
                guard pair.count == 1 else { return nil }
            case "client_max_window_bits":
                guard pair.count == 1 || Self.windowBits(value) != nil else { return nil }
            case "server_max_window_bits":
                // A window of 8 bits is more than zlib can do.
                guard let asked = Self.windowBits(value), asked > 8 else { return nil }
                bits = asked
                namesWindow = true
            default: return nil
            }
        }
        windowBits = bits
        self.namesWindow = namesWindow
    }

    /// 8 to 15, without a leading zero.
    private static func windowBits(_ text: String?) -> Int? {
        guard let text, let bits = Int(text), (8...15).contains(bits), text == String(bits) else {
            return nil
        }
        return bits
    }

    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast())
    }

    private static func split(_ text: String, at separator: Character) -> [String] {
        text.split(separator: separator, omittingEmptySubsequences: false).map { part in
            var part = part
            while part.first == " " || part.first == "\t" { part.removeFirst() }
            while part.last == " " || part.last == "\t" { part.removeLast() }
            return String(part)
        }
    }
}
