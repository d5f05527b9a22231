// Whom a request comes from, as proxies tell it: `X-Forwarded-For` with `X-Forwarded-Proto`, or
// `Forwarded` (RFC 7239). Each proxy adds at the right whom it had the request from, so only what
// stands right of the first address that is not trusted is true, and the rest is the client's own
// invention. Elements are read from right to left, so that no quote a client leaves open swallows
// what a proxy wrote behind it.

/// Which of the fields a hub believes: one, for proxies that write one let the other pass.
package enum ForwardedField: String, CaseIterable, Sendable {
    case xForwardedFor = "x-forwarded-for"
    case forwarded
}

/// Where a request comes from.
package struct ForwardedSource: Equatable, Sendable {
    /// The address of the client.
    package var address: IPAddress
    /// Whether the client speaks HTTPS, with the outermost trusted proxy if there is one.
    package var isSecure: Bool

    package init(address: IPAddress, isSecure: Bool) {
        self.address = address
        self.isSecure = isSecure
    }
}

/// Proxies whose word on others is taken.
package struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]
    /// The field that they tell it in.
    package let field: ForwardedField

    package init(_ networks: [IPNetwork] = [], field: ForwardedField = .xForwardedFor) {
        self.networks = networks
        self.field = field
    }

    /// Whether there are none.
    package var isEmpty: Bool { networks.isEmpty }

    /// Whether an address is one of them.
    package func contains(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }

    /// Where a request comes from that a trusted proxy sent: the rightmost address that is no
    /// proxy's, or the leftmost of all if every one is.
    ///
    /// What is malformed, `unknown` or obfuscated (RFC 7239 §6.3) ends the chain: the request is
    /// then its last proxy's that is known.
    package func source(
        of request: HTTPRequest, in bytes: borrowing Span<UInt8>, from proxy: IPAddress
    ) -> ForwardedSource {
        switch field {
        case .xForwardedFor: plainSource(of: request, in: bytes, from: proxy)
        case .forwarded: structuredSource(of: request, in: bytes, from: proxy)
        }
    }

    private func plainSource(
        of request: HTTPRequest, in bytes: borrowing Span<UInt8>, from proxy: IPAddress
    ) -> ForwardedSource {
        var address = proxy
        var depth = 0
        var chain = ForwardedElements("x-forwarded-for", of: request, in: bytes)
        while contains(address), let element = chain.next(bytes),
            let found = ForwardedNode.address(bytes, element)
        {
            address = found
            depth += 1
        }
        // The schemes stand in the same order; a proxy that overwrites them leaves one.
        var schemes = ForwardedElements("x-forwarded-proto", of: request, in: bytes)
        var scheme: Range<Int>?
        for _ in 0..<max(1, depth) { scheme = schemes.next(bytes) ?? scheme }
        return ForwardedSource(
            address: address, isSecure: Self.isSecure(bytes, scheme))
    }

    private func structuredSource(
        of request: HTTPRequest, in bytes: borrowing Span<UInt8>, from proxy: IPAddress
    ) -> ForwardedSource {
        var source = ForwardedSource(address: proxy, isSecure: false)
        var chain = ForwardedElements("forwarded", of: request, in: bytes)
        while contains(source.address), let element = chain.next(bytes),
            let pairs = ForwardedPairs(bytes, element)
        {
            source.isSecure = Self.isSecure(bytes, pairs.scheme)
            guard let node = pairs.node, let found = ForwardedNode.address(bytes, node) else {
                break
            }
            source.address = found
        }
        return source
    }

    private static func isSecure(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>?) -> Bool {
        guard let range else { return false }
        return ASCII.isEqual(bytes, range, to: "https") || ASCII.isEqual(bytes, range, to: "wss")
    }
}

/// The elements of a list that stands in one or more lines, from the last to the first.
private struct ForwardedElements {
    private var lines: [Range<Int>] = []
    private var rest = 0..<0

    init(_ name: StaticString, of request: HTTPRequest, in bytes: borrowing Span<UInt8>) {
        var line = 0
        while let found = request.header(name, in: bytes, from: line) {
            lines.append(request.headerValue(at: found))
            line = found + 1
        }
        rest = lines.popLast() ?? 0..<0
    }

    /// The next element to the left, without the white space around it; empty ones are none.
    mutating func next(_ bytes: borrowing Span<UInt8>) -> Range<Int>? {
        while true {
            while !rest.isEmpty {
                var start = rest.upperBound
                var isQuoted = false
                while start > rest.lowerBound {
                    let byte = bytes[start - 1]
                    if byte == 0x22 { isQuoted.toggle() }
                    if byte == 0x2C, !isQuoted { break }
                    start -= 1
                }
                let element = ASCII.trim(bytes, start..<rest.upperBound)
                rest = rest.lowerBound..<max(rest.lowerBound, start - 1)
                if !element.isEmpty { return element }
            }
            guard let line = lines.popLast() else { return nil }
            rest = line
        }
    }
}

/// What one element of `Forwarded` says (RFC 7239 §4).
private struct ForwardedPairs {
    /// The value of `for`, without quotes.
    private(set) var node: Range<Int>?
    /// The value of `proto`, without quotes.
    private(set) var scheme: Range<Int>?

    /// Nil when it is malformed: no pairs, a parameter twice, a quote that stands open.
    init?(_ bytes: borrowing Span<UInt8>, _ element: Range<Int>) {
        var start = element.lowerBound
        while start < element.upperBound {
            var end = start
            var isQuoted = false
            while end < element.upperBound, isQuoted || bytes[end] != 0x3B {
                // No address and no scheme needs an escape.
                if bytes[end] == 0x5C { return nil }
                if bytes[end] == 0x22 { isQuoted.toggle() }
                end += 1
            }
            if isQuoted { return nil }
            let pair = ASCII.trim(bytes, start..<end)
            if !pair.isEmpty, !take(bytes, pair) { return nil }
            start = end + 1
        }
    }

    private mutating func take(_ bytes: borrowing Span<UInt8>, _ pair: Range<Int>) -> Bool {
        guard let equals = ASCII.first(0x3D, bytes, pair), equals > pair.lowerBound else {
            return false
        }
        let name = pair.lowerBound..<equals
        var value = equals + 1..<pair.upperBound
        for index in name where !ASCII.isToken(bytes[index]) { return false }
        if value.count >= 2, bytes[value.lowerBound] == 0x22, bytes[value.upperBound - 1] == 0x22 {
            value = value.lowerBound + 1..<value.upperBound - 1
        }
        for index in value where bytes[index] == 0x22 { return false }
        if ASCII.isEqual(bytes, name, to: "for") {
            guard node == nil else { return false }
            node = value
        } else if ASCII.isEqual(bytes, name, to: "proto") {
            guard scheme == nil else { return false }
            scheme = value
        }
        return true
    }
}

/// A node of a chain (RFC 7239 §6): an address, perhaps with a port.
enum ForwardedNode {
    /// The address; nil for `unknown`, for obfuscated identifiers, and for what is neither.
    static func address(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        guard let first = range.first else { return nil }
        if bytes[first] == 0x5B {
            guard let close = ASCII.first(0x5D, bytes, range),
                ASCII.first(0x3A, bytes, first..<close) != nil,
                isPort(bytes, close + 1..<range.upperBound)
            else { return nil }
            return IPAddress(bytes, first + 1..<close)
        }
        guard let colon = ASCII.first(0x3A, bytes, range),
            ASCII.first(0x3A, bytes, colon + 1..<range.upperBound) == nil
        else { return IPAddress(bytes, range) }
        guard isPort(bytes, colon..<range.upperBound) else { return nil }
        return IPAddress(bytes, first..<colon)
    }

    /// Nothing, or a colon and a port, which may be obfuscated.
    private static func isPort(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let colon = range.first else { return true }
        let port = colon + 1..<range.upperBound
        guard bytes[colon] == 0x3A, let first = port.first else { return false }
        if bytes[first] == 0x5F {
            for index in port where !isObfuscated(bytes[index]) { return false }
            return port.count > 1
        }
        return port.count <= 5 && DecimalText.parse(bytes, port).map { $0 <= 65_535 } == true
    }

    private static func isObfuscated(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F, 0x2D: true
        default: false
        }
    }
}
