// Weighted lists: what a client accepts, and how much.

import Testing

@testable import Wire

@Suite struct `Weighted items` {
    private func read(_ field: String) -> [String] {
        let bytes = field.utf8Span.span
        var items = WeightedItems()
        var read: [String] = []
        while let item = items.next(bytes) {
            read.append("\(label(of: item, bytes)) \(item.weight)")
        }
        return read
    }

    private func label(of item: WeightedItems.Item, _ bytes: borrowing Span<UInt8>) -> String {
        item.isNamed("gzip", in: bytes)
            ? "gzip"
            : item.isNamed("a/b", in: bytes) ? "a/b" : item.isNamed("*", in: bytes) ? "*" : "other"
    }

    @Test(arguments: [
        ("", []), (" , ,\t", []), ("gzip", ["gzip 1000"]), ("GZip,a/B", ["gzip 1000", "a/b 1000"]),
        ("gzip ; q=0.25 ,\ta/b;level=1;Q=0.5", ["gzip 250", "a/b 500"]),
        ("*;q=0, gzip;q=1.000,a/b;q=0.001", ["* 0", "gzip 1000", "a/b 1"]),
        ("gzip;q=0.12345", ["gzip 123"]), ("gzip;q=7", ["gzip 1000"]), ("gzip;q=1.", ["gzip 1000"]),
        ("gzip;q=", ["gzip 0"]), ("gzip;q=much", ["gzip 0"]), ("gzip;q=0x1", ["gzip 0"]),
        ("gzip;q=0.5x", ["gzip 0"]), ("gzip;", ["gzip 1000"]), ("gzip;;q=0.3", ["gzip 300"]),
        (";q=0.5,a/b", ["a/b 1000"]), ("gzipp, gzi", ["other 1000", "other 1000"]),
    ])
    func `are read with their weights, in any case and spacing`(field: String, items: [String]) {
        #expect(read(field) == items)
    }
}
