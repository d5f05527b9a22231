// History read back from Postgres: pages of 256 positions, the ones that were used last kept
// within a budget of bytes.

/// Pages of the log that are older than its memory, least recently used dropped first.
struct Pages {
    private struct Page {
        let segment: Segment
        var usedAt: UInt64
    }

    private var pages: [Int: Page] = [:]
    private var uses: UInt64 = 0
    private let bytesMax: Int

    /// No pages, and a budget that the page inserted last alone may exceed.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// How many bytes are here.
    ///
    /// Counted each time, for a page grows with the forms that are asked for.
    var totalByteCount: Int { pages.values.reduce(0) { $0 + $1.segment.byteCount } }

    /// Keeps a page, in place of what was known of it, and drops others beyond the budget.
    mutating func insert(_ number: Int, _ segment: Segment) {
        uses += 1
        pages[number] = Page(segment: segment, usedAt: uses)
        var byteCount = totalByteCount
        while byteCount > bytesMax, pages.count > 1,
            let oldest = pages.min(by: { $0.value.usedAt < $1.value.usedAt })
        {
            byteCount -= oldest.value.segment.byteCount
            pages[oldest.key] = nil
        }
    }

    /// The part of a page that is here, if it holds the position.
    mutating func segment(ofPage number: Int, holding position: UInt64) -> Segment? {
        guard let segment = pages[number]?.segment, segment.contains(position) else { return nil }
        uses += 1
        pages[number]?.usedAt = uses
        return segment
    }

    /// Puts successors in the place of what is replaced.
    mutating func replace(_ replacement: Replacement) {
        for (number, page) in pages {
            guard let successor = replacement.successor(of: page.segment) else { continue }
            pages[number] = Page(segment: successor, usedAt: page.usedAt)
        }
    }

    /// Drops the pages that end before a position.
    mutating func removeAll(endingBefore position: UInt64) {
        for (number, page) in pages where page.segment.last < position { pages[number] = nil }
    }
}
