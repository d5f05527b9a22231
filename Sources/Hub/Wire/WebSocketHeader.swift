// The header of one WebSocket frame while its 2 to 14 bytes arrive (RFC 6455 §5.2), without heap.

/// Why a frame or message is refused; the raw value is the reason sent in the close frame.
enum WebSocketFault: String, Sendable {
    case reservedBits = "reserved bits are set"
    case unknownOpcode = "unknown opcode"
    case fragmentedControl = "control frames are not fragmented"
    case longControl = "control frames are short"
    case strayContinuation = "there is nothing to continue"
    case interruptedMessage = "the message before is not finished"
    case unmasked = "clients mask their frames"
    case masked = "servers do not mask their frames"
    case badLength = "the length has its highest bit set"
    case badCloseCode = "no such close code"
    case invalidReason = "the close reason is not UTF-8"
    case invalidText = "the text is not UTF-8"
    case tooBig = "the message is too big"

    /// The close code that goes with it (RFC 6455 §7.4.1).
    var closeCode: UInt16 {
        switch self {
        case .tooBig: WebSocketCloseCode.messageTooBig
        case .invalidText, .invalidReason: WebSocketCloseCode.invalidPayload
        default: WebSocketCloseCode.protocolError
        }
    }
}

/// A frame's header, complete or not.
struct WebSocketHeader: Sendable {
    private var bytes: [14 of UInt8] = .init(repeating: 0)
    /// The count of bytes that have arrived.
    private(set) var count = 0

    /// Nothing has arrived.
    var isEmpty: Bool { count == 0 }

    /// Takes the next byte.
    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count &+= 1
    }

    /// The first byte says more than opcode and end.
    var reservedBits: UInt8 { bytes[0] & 0x70 }

    /// The message that begins here is compressed (RFC 7692 §6).
    var isCompressed: Bool { reservedBits == 0x40 }

    /// The opcode is one that begins a message.
    var isMessageStart: Bool { opcode == .text || opcode == .binary }

    /// The frame is the last of its message.
    var isFinal: Bool { bytes[0] & 0x80 != 0 }

    /// What the frame is; nil for an opcode that has no meaning.
    var opcode: WebSocketOpcode? { WebSocketOpcode(rawValue: bytes[0] & 0x0F) }

    /// The opcode is one of a control frame.
    var isControl: Bool { bytes[0] & 0x08 != 0 }

    /// The payload is masked.
    var isMasked: Bool { bytes[1] & 0x80 != 0 }

    /// The seven bits that are the length, or say how many bytes it has.
    var shortLength: UInt8 { bytes[1] & 0x7F }

    /// One past the last byte of the length.
    private var lengthEnd: Int {
        switch shortLength {
        case 126: 4
        case 127: 10
        default: 2
        }
    }

    /// The length has arrived.
    var isLengthComplete: Bool { count >= 2 && count >= lengthEnd }

    /// All has arrived.
    var isComplete: Bool { count >= 2 && count >= lengthEnd + (isMasked ? 4 : 0) }

    /// The count of bytes of the payload, as it was announced.
    var length: UInt64 {
        if shortLength < 126 { return UInt64(shortLength) }
        var length: UInt64 = 0
        for index in 2..<lengthEnd { length = length << 8 | UInt64(bytes[index]) }
        return length
    }

    /// The length, once it is known to be within limits.
    var payloadCount: Int { Int(length) }

    /// The mask; nil if the payload has none.
    var mask: WebSocketMask? {
        guard isMasked else { return nil }
        var key: UInt32 = 0
        for index in lengthEnd..<lengthEnd + 4 { key = key << 8 | UInt32(bytes[index]) }
        return WebSocketMask(key)
    }
}
