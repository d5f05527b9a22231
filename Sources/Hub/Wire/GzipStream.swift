// An event stream inside of gzip (RFC 1952): one member that never ends, its header sent first.
// What follows are deflate blocks, each ending at a byte; what is said to one client alone goes
// into stored blocks, as it is. The stream ends with its connection, so there is no trailer.

/// The parts of a gzip stream besides its compressed blocks.
package enum GzipStream {
    /// The header: no name, no time, unknown system.
    package static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

    /// Appends bytes as stored blocks (RFC 1951 §3.2.4).
    package static func appendStored(_ bytes: [UInt8], to output: inout [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = min(start + 65_535, bytes.count)
            let count = UInt16(end - start)
            output.append(0)
            for value in [count, ~count] {
                output.append(UInt8(value & 0xFF))
                output.append(UInt8(value >> 8))
            }
            output.append(contentsOf: bytes[start..<end])
            start = end
        }
    }

    /// Whether an `Accept-Encoding` field asks for gzip (RFC 9110 §12.5.3): named, not with a
    /// weight of 0, and not below that of no coding at all.
    package static func isAccepted(_ field: String) -> Bool {
        let field = field.utf8Span.span
        var items = WeightedItems()
        var (gzip, old, identity): (Int?, Int?, Int) = (nil, nil, 0)
        while let item = items.next(field) {
            if item.isNamed("gzip", in: field) { gzip = item.weight }
            if item.isNamed("x-gzip", in: field) { old = item.weight }
            if item.isNamed("identity", in: field) { identity = item.weight }
        }
        guard let weight = gzip ?? old else { return false }
        return weight > 0 && weight >= identity
    }
}
