// The name of one log. Every event id starts with it, so that a position of another log (a database
// that was restored, or promoted with loss) is never taken for a position of this one.

/// Names one log: 32 bits, written as 8 lowercase hex digits.
package struct Epoch: Sendable, Hashable {
    /// The 32 bits.
    package let rawValue: UInt32

    /// The epoch with these 32 bits.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Reads exactly 8 lowercase hex digits; anything else is nil.
    package init?(_ text: String) {
        self.init(digits: Array(text.utf8)[...])
    }

    /// Reads exactly 8 lowercase hex digits; anything else is nil.
    init?(digits: ArraySlice<UInt8>) {
        guard digits.count == Epoch.digitCount else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            default:
                return nil
            }
        }
        rawValue = value
    }

    /// How many characters an epoch has as text.
    static let digitCount = 8

    /// The 8 lowercase hex digits.
    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the 8 lowercase hex digits.
    func append(to output: inout [UInt8]) {
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: rawValue >> shift & 0xf)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
