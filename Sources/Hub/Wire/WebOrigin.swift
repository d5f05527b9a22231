// Where a page comes from (RFC 6454): scheme, host and port, compared as browsers compare them.

/// An origin of the web's.
package struct WebOrigin: Hashable, Sendable {
    /// Whether its scheme is https.
    package let isSecure: Bool
    /// Host and port in lower case, without the port that its scheme has anyway.
    package let authority: String

    /// What is asked for by this scheme and `Host`.
    package init(isSecure: Bool, host: String) {
        self.isSecure = isSecure
        let ownPort = isSecure ? ":443" : ":80"
        let lowercased = host.lowercased()
        authority =
            lowercased.hasSuffix(ownPort)
            ? String(lowercased.dropLast(ownPort.count)) : lowercased
    }

    /// Reads `https://hub.example.test`, with or without a slash at its end; nil for what is no
    /// origin of http or https.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3 || (parts.count == 4 && parts[3].isEmpty), parts[1].isEmpty,
            !parts[2].isEmpty,
            parts[2].utf8.allSatisfy({ $0 > 32 && $0 < 127 && !"?#@\\".utf8.contains($0) })
        else { return nil }
        switch parts[0].lowercased() {
        case "https:": self.init(isSecure: true, host: String(parts[2]))
        case "http:": self.init(isSecure: false, host: String(parts[2]))
        default: return nil
        }
    }
}
