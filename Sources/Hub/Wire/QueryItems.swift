// The items of a query, `name=value` joined by `&`, decoded as forms are (`+` is a space).
// Names are compared as decoded text; what a repeated name means is the reader's to say.

/// One item of a query.
package struct QueryItem: Sendable, Equatable {
    /// The decoded name.
    package let name: String
    /// The decoded value; empty when there is no `=`.
    package let value: String
}

/// The decoded items of a query, in their order.
package struct QueryItems: Sendable, Equatable {
    /// The most items a query may have.
    package static let countMax = 64

    /// The items.
    package let items: [QueryItem]

    /// No items.
    package init() { items = [] }

    /// The items of the query `bytes[range]`; nil if an escape is broken, if a text is not UTF-8 or
    /// holds a NUL, or if there are too many.
    ///
    /// Empty items are skipped.
    package init?(query bytes: borrowing Span<UInt8>, range: Range<Int>) {
        var items: [QueryItem] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            var equals: Int?
            while end < range.upperBound, bytes[end] != 0x26 {
                if bytes[end] == 0x3D, equals == nil { equals = end }
                end += 1
            }
            if end > start {
                if items.count == Self.countMax { return nil }
                let nameEnd = equals ?? end
                let valueStart = equals.map { $0 + 1 } ?? end
                guard
                    let name = PercentEncoding.decode(bytes, start..<nameEnd, plusIsSpace: true),
                    let value = PercentEncoding.decode(bytes, valueStart..<end, plusIsSpace: true)
                else { return nil }
                items.append(QueryItem(name: name, value: value))
            }
            start = end + 1
        }
        self.items = items
    }

    /// The value of the first item called `name`; nil if there is none.
    package subscript(name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// The values of all items called `name`.
    package func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}
