// What a client accepts, each with a weight: `Accept`, `Accept-Encoding` and their like. Read in
// place, for every stream begins with one.

/// Reads a list of weighted items (RFC 9110 §12.4.2), one after another; empty ones are left out.
package struct WeightedItems {
    /// One of them.
    package struct Item {
        fileprivate let name: Range<Int>
        /// In thousandths, 1,000 if none is said, 0 for what is not acceptable or can't be read.
        package let weight: Int

        /// Whether this is its name, in any case.
        package func isNamed(_ name: StaticString, in field: borrowing Span<UInt8>) -> Bool {
            ASCII.isEqual(field, self.name, to: name)
        }
    }

    private var position = 0

    /// Before the first.
    package init() {}

    /// The next item of the same field; nil behind the last.
    package mutating func next(_ field: borrowing Span<UInt8>) -> Item? {
        while position < field.count {
            let rest = position..<field.count
            let end = ASCII.first(UInt8(ascii: ","), field, rest) ?? field.count
            let item = position..<end
            position = end + 1
            let nameEnd = ASCII.first(UInt8(ascii: ";"), field, item) ?? end
            let name = ASCII.trim(field, item.lowerBound..<nameEnd)
            if name.isEmpty { continue }
            return Item(name: name, weight: WeightedItems.weight(field, nameEnd..<end))
        }
        return nil
    }

    /// The weight among parameters, each behind a semicolon.
    private static func weight(_ field: borrowing Span<UInt8>, _ parameters: Range<Int>) -> Int {
        var start = parameters.lowerBound
        while start < parameters.upperBound {
            let rest = start + 1..<parameters.upperBound
            let end = ASCII.first(UInt8(ascii: ";"), field, rest) ?? rest.upperBound
            let parameter = ASCII.trim(field, rest.lowerBound..<end)
            if parameter.count >= 2, ASCII.isEqual(field, at: parameter.lowerBound, to: "q=") {
                return value(field, parameter.dropFirst(2))
            }
            start = end
        }
        return 1_000
    }

    /// A weight's number, of which more than three decimals are not looked at.
    private static func value(_ field: borrowing Span<UInt8>, _ digits: Range<Int>) -> Int {
        guard let first = digits.first, ASCII.isDigit(field[first]) else { return 0 }
        var thousandths = Int(field[first] &- 0x30) * 1_000
        for (place, index) in digits.dropFirst().enumerated() {
            if place == 0 {
                guard field[index] == UInt8(ascii: ".") else { return 0 }
                continue
            }
            guard ASCII.isDigit(field[index]) else { return 0 }
            let unit = place == 1 ? 100 : place == 2 ? 10 : place == 3 ? 1 : 0
            thousandths += Int(field[index] &- 0x30) * unit
        }
        return min(thousandths, 1_000)
    }
}
