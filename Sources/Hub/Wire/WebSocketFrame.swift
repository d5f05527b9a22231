// WebSocket frames, the writing side (RFC 6455 §5.2). A server sends unmasked frames, so one
// encoded frame serves every connection; a client passes the mask, which is random to the caller.

/// Writers of WebSocket frames.
package enum WebSocketFrame {
    /// The most bytes a control frame's payload may have.
    package static let controlPayloadBytesMax = 125

    /// Appends one frame.
    ///
    /// `mask` is the masking key, its highest byte first on the wire; `isFinal` false leaves the
    /// message open for a continuation.
    package static func append(
        opcode: WebSocketOpcode, payload: borrowing Span<UInt8>, mask: UInt32? = nil,
        isFinal: Bool = true, to output: inout [UInt8]
    ) {
        output.reserveCapacity(output.count + payload.count + 14)
        appendHeader(
            opcode: opcode, payloadCount: payload.count, mask: mask, isFinal: isFinal, to: &output)
        let start = output.count
        output.append(copying: payload)
        guard let mask else { return }
        var written = output.mutableSpan
        WebSocketMask(mask).apply(to: &written, start..<written.count, phase: 0)
    }

    /// Appends one unmasked, final frame whose payload was compressed; the empty block that ends
    /// it is left out (RFC 7692 §7.2.1).
    package static func appendCompressed(
        opcode: WebSocketOpcode, payload: borrowing Span<UInt8>, by deflater: RawDeflater,
        to output: inout [UInt8]
    ) {
        var compressed: [UInt8] = []
        deflater.append(payload, to: &compressed)
        compressed.removeLast(4)
        let start = output.count
        append(opcode: opcode, payload: compressed.span, to: &output)
        output[start] |= 0x40
    }

    /// How many bytes the header of an unmasked frame that starts at an index has.
    package static func headerBytes(_ bytes: [UInt8], at start: Int) -> Int {
        switch bytes[start + 1] & 0x7F {
        case 126: 4
        case 127: 10
        default: 2
        }
    }

    /// Appends one frame whose payload is an array.
    package static func append(
        opcode: WebSocketOpcode, payload: [UInt8], mask: UInt32? = nil, isFinal: Bool = true,
        to output: inout [UInt8]
    ) {
        append(
            opcode: opcode, payload: payload.span, mask: mask, isFinal: isFinal, to: &output)
    }

    /// Appends the header of an unmasked, final frame; `payloadCount` bytes must follow.
    package static func appendHeader(
        opcode: WebSocketOpcode, payloadCount: Int, to output: inout [UInt8]
    ) {
        appendHeader(
            opcode: opcode, payloadCount: payloadCount, mask: nil, isFinal: true, to: &output)
    }

    /// Appends a close frame.
    ///
    /// A reason beyond 123 bytes is cut between two characters.
    package static func appendClose(
        code: UInt16, reason: String, mask: UInt32? = nil, to output: inout [UInt8]
    ) {
        var payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        for character in reason.unicodeScalars {
            let bytes = String(character).utf8
            if payload.count + bytes.count > controlPayloadBytesMax { break }
            payload.append(contentsOf: bytes)
        }
        append(opcode: .close, payload: payload.span, mask: mask, to: &output)
    }

    private static func appendHeader(
        opcode: WebSocketOpcode, payloadCount: Int, mask: UInt32?, isFinal: Bool,
        to output: inout [UInt8]
    ) {
        precondition(
            !opcode.isControl || (payloadCount <= controlPayloadBytesMax && isFinal),
            "a control frame is short and whole")
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        output.append((isFinal ? 0x80 : 0) | opcode.rawValue)
        if payloadCount < 126 {
            output.append(maskBit | UInt8(payloadCount))
        } else if payloadCount <= 0xFFFF {
            output.append(maskBit | 126)
            output.append(UInt8(payloadCount >> 8))
            output.append(UInt8(payloadCount & 0xFF))
        } else {
            output.append(maskBit | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                output.append(UInt8(truncatingIfNeeded: payloadCount >> shift))
            }
        }
        guard let mask else { return }
        for shift in stride(from: 24, through: 0, by: -8) {
            output.append(UInt8(truncatingIfNeeded: mask >> UInt32(shift)))
        }
    }
}

/// The masking of a client's payload (RFC 6455 §5.3): its own inverse.
struct WebSocketMask {
    private let key: UInt32

    /// The mask of a key whose highest byte is the first on the wire.
    init(_ key: UInt32) { self.key = key }

    /// Masks or unmasks `bytes[range]`, of which the first byte is at `phase` in its payload.
    func apply(to bytes: inout MutableSpan<UInt8>, _ range: Range<Int>, phase: Int) {
        // The key turned so that its first byte meets the first of the range.
        let turn = UInt32(phase & 3) &* 8
        let turned = turn == 0 ? key : key << turn | key >> (32 &- turn)
        let (first, second) = (UInt8(turned >> 24), UInt8(turned >> 16 & 0xFF))
        let (third, fourth) = (UInt8(turned >> 8 & 0xFF), UInt8(turned & 0xFF))
        var index = range.lowerBound
        let blocksEnd = range.upperBound - range.count % 4
        while index < blocksEnd {
            bytes[index] ^= first
            bytes[index &+ 1] ^= second
            bytes[index &+ 2] ^= third
            bytes[index &+ 3] ^= fourth
            index &+= 4
        }
        if index < range.upperBound { bytes[index] ^= first }
        if index + 1 < range.upperBound { bytes[index + 1] ^= second }
        if index + 2 < range.upperBound { bytes[index + 2] ^= third }
    }
}
