// The bulk append every writer of this target uses: bytes of a span, copied in one move.
// A span cannot be handed to `append(contentsOf:)`, and appending byte by byte checks capacity
// at every byte.

extension [UInt8] {
    /// Appends a copy of all bytes of `span`.
    package mutating func append(copying span: borrowing Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
    }

    /// Appends a copy of `span[range]`; a range outside the span is a programming error.
    package mutating func append(copying span: borrowing Span<UInt8>, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= span.count)
        unsafe span.withUnsafeBufferPointer { buffer in
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: buffer[range]))
        }
    }

    /// Appends the bytes of a text that is known when this is compiled.
    package mutating func append(static text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 bytes of `text`.
    package mutating func append(text: String) {
        append(contentsOf: text.utf8)
    }
}
