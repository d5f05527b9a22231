// The one pass that checks a text against RFC 8259 and lays its values on a flat tape.
// It does not recurse: an open container remembers the container around it in its own tape entry,
// so depth costs no stack, and the limit on depth is a plain counter.

/// A pass over one JSON text.
struct JSONScanner {
    /// The values in the order of the text.
    private(set) var tape: [JSONNode] = []
    private var position = 0
    private var depth = 0
    /// The innermost open container; meaningless at depth 0.
    private var open: UInt32 = 0
    private let depthMax: Int

    /// A scanner that accepts containers nested up to `depthMax` deep.
    init(depthMax: Int) { self.depthMax = depthMax }

    /// Reads the whole of `bytes`, which must be one JSON value and white space.
    mutating func scan(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
        if bytes.count >= Int(UInt32.max) { throw failure(.tooLarge) }
        tape.reserveCapacity(bytes.count / 8 + 4)
        skipSpace(bytes)
        while true {
            if try !scanValue(bytes) { continue }
            if try finishValues(bytes) { return }
        }
    }

    /// Reads one value, or the opening of a container that holds something. False if a value must
    /// follow at once (the first inside a container).
    private mutating func scanValue(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Bool {
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[position] {
        case 0x22:
            try scanString(bytes)
        case 0x7B:
            try openContainer(.object)
            skipSpace(bytes)
            if position < bytes.count, bytes[position] == 0x7D {
                closeContainer()
                return true
            }
            try scanName(bytes)
            return false
        case 0x5B:
            try openContainer(.array)
            skipSpace(bytes)
            if position < bytes.count, bytes[position] == 0x5D {
                closeContainer()
                return true
            }
            return false
        case 0x2D, 0x30...0x39:
            try scanNumber(bytes)
        case 0x74:
            try scanLiteral(bytes, .true, 0x7472_7565, count: 4)
        case 0x66:
            try scanLiteral(bytes, .false, 0x66_616C_7365, count: 5)
        case 0x6E:
            try scanLiteral(bytes, .null, 0x6E75_6C6C, count: 4)
        default:
            throw failure(.unexpectedByte)
        }
        return true
    }

    /// Reads what may follow a value: closings, then a comma. True at the end of the text; false if
    /// another value must follow.
    private mutating func finishValues(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Bool {
        while true {
            skipSpace(bytes)
            if depth == 0 {
                if position < bytes.count { throw failure(.trailingBytes) }
                return true
            }
            guard position < bytes.count else { throw failure(.unexpectedEnd) }
            let isObject = tape[Int(open)].kind == .object
            switch bytes[position] {
            case 0x2C:
                position &+= 1
                skipSpace(bytes)
                if isObject { try scanName(bytes) }
                return false
            case 0x7D where isObject, 0x5D where !isObject:
                closeContainer()
            default:
                throw failure(.unexpectedByte)
            }
        }
    }

    private mutating func openContainer(_ kind: JSONKind) throws(JSONError) {
        if depth == depthMax { throw failure(.tooDeep) }
        let start = UInt32(truncatingIfNeeded: position)
        let index = UInt32(truncatingIfNeeded: tape.count)
        tape.append(
            JSONNode(
                start: start, end: start, next: open, kind: kind, isEscaped: false, hasNUL: false))
        open = index
        depth &+= 1
        position &+= 1
    }

    private mutating func closeContainer() {
        position &+= 1
        depth &-= 1
        let index = Int(open)
        open = tape[index].next
        tape[index].end = UInt32(truncatingIfNeeded: position)
        tape[index].next = UInt32(truncatingIfNeeded: tape.count)
    }

    private mutating func appendLeaf(
        _ kind: JSONKind, from start: Int, isEscaped: Bool = false, hasNUL: Bool = false
    ) {
        tape.append(
            JSONNode(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: position),
                next: UInt32(truncatingIfNeeded: tape.count &+ 1), kind: kind,
                isEscaped: isEscaped, hasNUL: hasNUL))
    }

    /// Reads a member's name, its colon and the space after it.
    private mutating func scanName(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        guard bytes[position] == 0x22 else { throw failure(.unexpectedByte) }
        try scanString(bytes)
        skipSpace(bytes)
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        guard bytes[position] == 0x3A else { throw failure(.unexpectedByte) }
        position &+= 1
        skipSpace(bytes)
    }

    private mutating func scanString(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
        let start = position
        var index = start &+ 1
        var isEscaped = false
        var hasNUL = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80, byte >= 0x20, byte != 0x22, byte != 0x5C {
                index &+= 1
            } else if byte == 0x22 {
                position = index &+ 1
                appendLeaf(.string, from: start, isEscaped: isEscaped, hasNUL: hasNUL)
                return
            } else if byte == 0x5C {
                isEscaped = true
                position = index
                if try scanEscape(bytes) == 0 { hasNUL = true }
                index = position
            } else if byte < 0x20 {
                throw JSONError(offset: index, reason: .controlCharacter)
            } else {
                let count = UTF8Validation.multibyteCount(bytes, at: index)
                if count == 0 { throw JSONError(offset: index, reason: .invalidUTF8) }
                index &+= count
            }
        }
        position = index
        throw failure(.unexpectedEnd)
    }

    /// Reads one escape, a surrogate pair as one. The result is the code unit for `\u`, else 1.
    private mutating func scanEscape(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> UInt16 {
        guard position + 1 < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[position + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            position &+= 2
            return 1
        case 0x75:
            break
        default:
            throw failure(.badEscape)
        }
        let unit = try scanCodeUnit(bytes, at: position)
        if unit & 0xFC00 == 0xDC00 { throw failure(.loneSurrogate) }
        if unit & 0xFC00 == 0xD800 {
            guard position + 7 < bytes.count, bytes[position + 6] == 0x5C,
                bytes[position + 7] == 0x75,
                try scanCodeUnit(bytes, at: position + 6) & 0xFC00 == 0xDC00
            else { throw failure(.loneSurrogate) }
            position &+= 6
        }
        position &+= 6
        return unit
    }

    /// The four hex digits of the `\uXXXX` at `start`.
    private func scanCodeUnit(
        _ bytes: borrowing Span<UInt8>, at start: Int
    ) throws(JSONError) -> UInt16 {
        guard start + 6 <= bytes.count else {
            throw JSONError(offset: bytes.count, reason: .unexpectedEnd)
        }
        var unit: UInt16 = 0
        for index in start + 2..<start + 6 {
            guard let digit = Hex.value(of: bytes[index]) else {
                throw JSONError(offset: start, reason: .badEscape)
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private mutating func scanNumber(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
        let start = position
        if bytes[position] == 0x2D { position &+= 1 }
        if position < bytes.count, bytes[position] == 0x30 {
            position &+= 1
        } else {
            try scanDigits(bytes)
        }
        if position < bytes.count, bytes[position] == 0x2E {
            position &+= 1
            try scanDigits(bytes)
        }
        if position < bytes.count, bytes[position] | 0x20 == 0x65 {
            position &+= 1
            if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D {
                position &+= 1
            }
            try scanDigits(bytes)
        }
        // A digit here follows a leading zero.
        if position < bytes.count, bytes[position] &- 0x30 < 10 { throw failure(.badNumber) }
        appendLeaf(.number, from: start)
    }

    /// Reads one or more digits.
    private mutating func scanDigits(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position &+= 1 }
        if position == start {
            throw failure(position < bytes.count ? .badNumber : .unexpectedEnd)
        }
    }

    /// Reads a literal whose `count` ASCII bytes are `text`, the first in the highest place.
    private mutating func scanLiteral(
        _ bytes: borrowing Span<UInt8>, _ kind: JSONKind, _ text: UInt64, count: Int
    ) throws(JSONError) {
        for offset in 0..<count {
            guard position + offset < bytes.count else {
                throw JSONError(offset: bytes.count, reason: .unexpectedEnd)
            }
            let expected = UInt8(truncatingIfNeeded: text >> (8 * (count - 1 - offset)))
            if bytes[position + offset] != expected { throw failure(.badLiteral) }
        }
        let start = position
        position &+= count
        appendLeaf(kind, from: start)
    }

    private mutating func skipSpace(_ bytes: borrowing Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
            default: return
            }
        }
    }

    private func failure(_ reason: JSONError.Reason) -> JSONError {
        JSONError(offset: position, reason: reason)
    }
}
