// Heads and chunked bodies under fuzz: what is read of two pieces is what is read of the whole.

import Wire

enum FuzzedHTTP {
    /// A head: a request is the same however it arrives, and a fault may be met later, never
    /// overlooked.
    static func head(_ bytes: [UInt8], cut: Int) -> String? {
        let parser = HTTPRequestParser(limits: HTTPLimits())
        let whole = parser.parse(bytes.span, scannedFrom: 0)
        var parts = parser.parse(bytes.span.extracting(0..<cut), scannedFrom: 0)
        if case .needMore = parts { parts = parser.parse(bytes.span, scannedFrom: cut) }
        switch (whole, parts) {
        case (.request(let one), .request(let other)):
            guard one == other else { return "another request in pieces" }
            return request(one, bytes)
        case (.bad, .bad), (.bad, .needMore), (.needMore, .needMore): return nil
        default: return "\(parts) in pieces, \(whole) as a whole"
        }
    }

    private static func request(_ request: HTTPRequest, _ bytes: [UInt8]) -> String? {
        guard request.headLength <= bytes.count else { return "a head longer than its bytes" }
        let head = 0..<request.headLength
        guard !request.pathRange.isEmpty, head.holds(request.pathRange) else {
            return "a path at \(request.pathRange)"
        }
        for index in 0..<request.headerCount {
            let name = request.headerName(at: index)
            let value = request.headerValue(at: index)
            guard !name.isEmpty, head.holds(name), head.holds(value),
                name.upperBound < value.lowerBound || value.isEmpty
            else { return "a field at \(name) and \(value)" }
            // What is copied into an answer or a log line must not end it.
            if bytes[value].contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
                return "a value with a line end"
            }
        }
        return nil
    }

    /// A body in chunks.
    static func chunks(_ bytes: [UInt8], cut: Int) -> String? {
        let bodyBytesMax = 4096
        var one = ChunkedDecoder(bodyBytesMax: bodyBytesMax)
        var body: [UInt8] = []
        let whole = one.decode(bytes.span, from: 0, into: &body)
        var other = ChunkedDecoder(bodyBytesMax: bodyBytesMax)
        var pieces: [UInt8] = []
        var parts = other.decode(bytes.span.extracting(0..<cut), from: 0, into: &pieces)
        if case .needMore(let consumed) = parts {
            guard consumed == cut else { return "\(consumed) of \(cut) bytes taken" }
            switch other.decode(bytes.span, from: cut, into: &pieces) {
            case .complete(let more): parts = .complete(consumed: cut + more)
            case .needMore(let more): parts = .needMore(consumed: cut + more)
            case .bad(let error): parts = .bad(error)
            }
        }
        guard whole == parts, body == pieces else {
            return "\(parts) in pieces, \(whole) as a whole"
        }
        return body.count <= bodyBytesMax ? nil : "a body of \(body.count) bytes"
    }
}
