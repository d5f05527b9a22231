// Reads WebSocket messages (RFC 6455 §5) from pieces cut anywhere, for both roles.
// Fragments are joined, control frames come out between them. Every rule is checked at the first
// byte that can break it: a header before its payload is awaited, text at the byte that is not
// UTF-8. Memory grows with what has arrived, never with what a header announces.

/// Which end of a connection reads.
package enum WebSocketRole: Sendable {
    /// The server's, whose input must be masked.
    case server
    /// The client's, whose input must not be masked.
    case client
}

/// A reader of one direction of one connection.
package struct WebSocketParser: Sendable {
    /// What the bytes so far are.
    package enum Outcome: Sendable, Equatable {
        /// A whole message.
        case message(isText: Bool, [UInt8])
        /// A whole message as it was compressed (RFC 7692), so that text is not checked yet.
        case compressed(isText: Bool, [UInt8])
        /// A ping; its payload must come back in a pong.
        case ping([UInt8])
        /// A pong.
        case pong([UInt8])
        /// The peer closes; `code` is nil when it gave none. Nothing comes after it.
        case close(code: UInt16?, reason: [UInt8])
        /// All bytes were taken, and no message is whole.
        case needMore
        /// The peer broke a rule; the connection must be closed with this code.
        case failed(closeCode: UInt16, reason: String)
    }

    private let role: WebSocketRole
    private let messageBytesMax: Int
    private let allowsCompression: Bool
    private var isCompressed = false
    private var header = WebSocketHeader()
    private var payloadRest = 0
    private var payloadPhase = 0
    /// The payload of the control frame being read.
    private var control: [UInt8] = []
    /// The message being joined.
    private var message: [UInt8] = []
    /// Text or binary while a message is being joined.
    private var messageOpcode: WebSocketOpcode?
    private var utf8 = UTF8Validator()
    private var fault: WebSocketFault?
    private var isClosed = false

    /// A reader at the start of a connection whose messages may have `messageBytesMax` bytes, and
    /// may be compressed where that was agreed.
    package init(role: WebSocketRole, messageBytesMax: Int, allowsCompression: Bool = false) {
        self.role = role
        self.allowsCompression = allowsCompression
        self.messageBytesMax = messageBytesMax
    }

    /// Whether no frame or message is half read.
    package var isIdle: Bool { header.isEmpty && messageOpcode == nil }

    /// Takes `input` from `offset` on up to the end of the next message or control frame, and moves
    /// `offset` past it.
    ///
    /// To be called again until it says `needMore`.
    package mutating func next(
        _ input: borrowing Span<UInt8>, from offset: inout Int
    ) -> Outcome {
        while true {
            if let fault { return .failed(closeCode: fault.closeCode, reason: fault.rawValue) }
            if isClosed {
                offset = input.count
                return .needMore
            }
            if !header.isComplete {
                if let fault = readHeader(input, &offset) {
                    fail(fault)
                    continue
                }
                if !header.isComplete { return .needMore }
            }
            if let fault = readPayload(input, &offset) {
                fail(fault)
                continue
            }
            if payloadRest > 0 { return .needMore }
            if let outcome = finishFrame() { return outcome }
        }
    }

    /// Reads the header's bytes and checks them as they come.
    private mutating func readHeader(
        _ input: borrowing Span<UInt8>, _ offset: inout Int
    ) -> WebSocketFault? {
        while !header.isComplete, offset < input.count {
            header.append(input[offset])
            offset &+= 1
            if let fault = checkHeader() { return fault }
        }
        if header.isComplete {
            payloadRest = header.payloadCount
            payloadPhase = 0
        }
        return nil
    }

    private mutating func checkHeader() -> WebSocketFault? {
        switch header.count {
        case 1:
            guard
                header.reservedBits == 0
                    || (allowsCompression && header.isCompressed && header.isMessageStart)
            else { return .reservedBits }
            guard let opcode = header.opcode else { return .unknownOpcode }
            if opcode.isControl { return header.isFinal ? nil : .fragmentedControl }
            if opcode == .continuation {
                return messageOpcode == nil ? .strayContinuation : nil
            }
            return messageOpcode == nil ? nil : .interruptedMessage
        case 2:
            if header.isMasked != (role == .server) {
                return role == .server ? .unmasked : .masked
            }
            if header.isControl, header.shortLength > 125 { return .longControl }
        default:
            break
        }
        guard header.isLengthComplete else { return nil }
        if header.length > UInt64(Int64.max) { return .badLength }
        if !header.isControl, header.length > UInt64(max(0, messageBytesMax - message.count)) {
            return .tooBig
        }
        return nil
    }

    private mutating func readPayload(
        _ input: borrowing Span<UInt8>, _ offset: inout Int
    ) -> WebSocketFault? {
        let count = min(payloadRest, input.count - offset)
        guard count > 0 else { return nil }
        let range = offset..<offset + count
        offset += count
        payloadRest -= count
        let mask = header.mask
        if header.isControl {
            let start = control.count
            control.append(copying: input, range)
            Self.unmask(&control, from: start, mask, payloadPhase)
        } else {
            let start = message.count
            message.append(copying: input, range)
            Self.unmask(&message, from: start, mask, payloadPhase)
            let isText = (messageOpcode ?? header.opcode) == .text
            if isText, !isCompressed, !header.isCompressed {
                var validator = utf8
                let isValid = validator.consume(message.span, start..<message.count)
                utf8 = validator
                if !isValid { return .invalidText }
            }
        }
        payloadPhase = (payloadPhase + count) & 3
        return nil
    }

    /// Unmasks the payload bytes at the end of `bytes`.
    private static func unmask(
        _ bytes: inout [UInt8], from start: Int, _ mask: WebSocketMask?, _ phase: Int
    ) {
        guard let mask else { return }
        var span = bytes.mutableSpan
        mask.apply(to: &span, start..<span.count, phase: phase)
    }

    /// Ends the frame; an outcome if it ends something the caller wants.
    private mutating func finishFrame() -> Outcome? {
        let opcode = header.opcode ?? .continuation
        let isFinal = header.isFinal
        let startsCompressed = header.isCompressed
        header = WebSocketHeader()
        if opcode.isControl { return finishControl(opcode) }
        if opcode != .continuation {
            messageOpcode = opcode
            isCompressed = startsCompressed
        }
        guard isFinal else { return nil }
        let isText = messageOpcode == .text
        if isText, !isCompressed, !utf8.isComplete { return fail(.invalidText) }
        defer {
            message = []
            messageOpcode = nil
            isCompressed = false
        }
        return isCompressed
            ? .compressed(isText: isText, message) : .message(isText: isText, message)
    }

    private mutating func finishControl(_ opcode: WebSocketOpcode) -> Outcome {
        let payload = control
        control = []
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        default: break
        }
        if payload.isEmpty {
            isClosed = true
            return .close(code: nil, reason: [])
        }
        if payload.count == 1 { return fail(.badCloseCode) }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        if !WebSocketCloseCode.isValidOnWire(code) { return fail(.badCloseCode) }
        if !UTF8Validation.isValid(payload.span, 2..<payload.count) { return fail(.invalidReason) }
        isClosed = true
        return .close(code: code, reason: Array(payload[2...]))
    }

    @discardableResult
    private mutating func fail(_ fault: WebSocketFault) -> Outcome {
        self.fault = fault
        message = []
        control = []
        return .failed(closeCode: fault.closeCode, reason: fault.rawValue)
    }
}
