// Where a client asks to go on: the text of `Last-Event-ID` or `after=`, read strictly. Nothing
// that this hub never wrote is guessed at: it is malformed, and the stream opens with a gap that
// says so.

/// Where a client asks to go on.
package enum ResumePoint: Sendable, Equatable {
    /// `0`: before the first event.
    case start
    /// After this event; whether it belongs to this log is not known yet.
    case id(EventID)
    /// Not an id. Holds the text's first `malformedCharactersMax` characters, for the log.
    case malformed(String)

    /// How much of a malformed text is kept.
    package static let malformedCharactersMax = 128

    /// The longest id: an epoch, a dash and the 20 digits of the largest position.
    private static let bytesMax = Epoch.digitCount + 1 + 20

    /// Reads `0` or `<epoch>-<position>`; no sign, space or leading zero, and no overflow.
    package init(parsing text: String) {
        if text == "0" {
            self = .start
        } else if let id = ResumePoint.id(in: text) {
            self = .id(id)
        } else {
            self = .malformed(String(text.prefix(ResumePoint.malformedCharactersMax)))
        }
    }

    /// The text that it was read from; of a malformed one no more than was kept.
    package var text: String {
        switch self {
        case .start: "0"
        case .id(let id): id.text
        case .malformed(let text): text
        }
    }

    private static func id(in text: String) -> EventID? {
        guard text.utf8.count <= bytesMax else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.count > Epoch.digitCount + 1,
            bytes[Epoch.digitCount] == UInt8(ascii: "-"),
            let epoch = Epoch(digits: bytes[..<Epoch.digitCount]),
            let position = position(in: bytes[(Epoch.digitCount + 1)...])
        else { return nil }
        return EventID(epoch: epoch, position: position)
    }

    private static func position(in digits: ArraySlice<UInt8>) -> UInt64? {
        if digits.count > 1, digits.first == UInt8(ascii: "0") { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (tens, tensOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = tens.addingReportingOverflow(
                UInt64(digit - UInt8(ascii: "0")))
            if tensOverflow || sumOverflow { return nil }
            value = sum
        }
        return value
    }
}
