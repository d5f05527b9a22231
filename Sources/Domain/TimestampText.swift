// Reading a moment from its text, as clients write it: any offset, any number of decimals.

extension Timestamp {
    /// Reads an RFC 3339 date-time; what is finer than a millisecond is cut off.
    ///
    /// Nil for anything else, a leap second and a year 0 included.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 64,
            let date = CalendarDate(String(decoding: bytes[0..<10], as: UTF8.self)),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let hour = DecimalDigits.value(bytes[11..<13]),
            let minute = DecimalDigits.value(bytes[14..<16]),
            let second = DecimalDigits.value(bytes[17..<19]), hour < 24, minute < 60, second < 60
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            for place in 0..<3 {
                let digit = digits.dropFirst(place).first.map { Int($0 - 48) } ?? 0
                fraction = fraction * 10 + digit
            }
            rest = rest[digits.endIndex...]
        }
        guard let offset = Timestamp.offsetMinutes(rest) else { return nil }
        let minutes = date.dayNumber * 1440 + Int64(hour * 60 + minute - offset)
        self.init(milliseconds: (minutes * 60 + Int64(second)) * 1000 + Int64(fraction))
    }

    private static func offsetMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        if bytes.count == 1 { return first | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        let start = bytes.startIndex
        guard bytes.count == 6, first == UInt8(ascii: "+") || first == UInt8(ascii: "-"),
            bytes[start + 3] == UInt8(ascii: ":"),
            let hours = DecimalDigits.value(bytes[start + 1..<start + 3]),
            let minutes = DecimalDigits.value(bytes[start + 4..<start + 6]), hours < 24,
            minutes < 60
        else { return nil }
        let offset = hours * 60 + minutes
        return first == UInt8(ascii: "-") ? -offset : offset
    }
}
