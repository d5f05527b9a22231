// Where the load goes. Only this machine's own addresses are taken, so a slip of the hand cannot
// flood somebody else's server.

/// A plain HTTP server on a loopback address.
package struct LoadTestTarget: Equatable, Sendable {
    /// The address as the kernel reads it: dotted IPv4, or `::1`.
    package let host: String
    package let port: UInt16

    /// Whether `host` is an IPv6 address.
    package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// The same server at another port.
    func at(port: UInt16) -> LoadTestTarget { LoadTestTarget(host: host, port: port) }

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// What the `Host` header says.
    package var authority: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads `http://<host>[:<port>][/]`; the port is 80 when absent.
    ///
    /// `localhost` means 127.0.0.1 and is not looked up. Any other host must be in 127.0.0.0/8 or
    /// be `[::1]`.
    package init(url: String) throws(LoadTestError) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else { throw .targetMalformed(url) }
        var rest = url.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.isEmpty, !rest.contains("/"), !rest.contains("@") else {
            throw .targetMalformed(url)
        }
        let (name, portText) = try LoadTestTarget.split(rest, url)
        if let portText {
            guard let port = UInt16(portText), port > 0 else { throw .targetMalformed(url) }
            self.port = port
        } else {
            port = 80
        }
        switch name {
        case "localhost": host = "127.0.0.1"
        case "::1": host = name
        default:
            guard LoadTestTarget.isLoopbackIPv4(name) else { throw .targetNotLoopback(name) }
            host = name
        }
    }

    /// The host without brackets, and the text of the port.
    private static func split(
        _ authority: Substring, _ url: String
    ) throws(LoadTestError) -> (String, String?) {
        if authority.first == "[" {
            guard let bracket = authority.firstIndex(of: "]") else { throw .targetMalformed(url) }
            let host = authority[authority.index(after: authority.startIndex)..<bracket]
            let tail = authority[authority.index(after: bracket)...]
            if tail.isEmpty { return (String(host), nil) }
            guard tail.first == ":" else { throw .targetMalformed(url) }
            return (String(host), String(tail.dropFirst()))
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts[0].isEmpty else { throw .targetMalformed(url) }
        return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
    }

    private static func isLoopbackIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { part in
            part.utf8.count <= 3 && part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
                && UInt8(part) != nil
        }
    }
}
