// History read back from Postgres: pages of 256 positions, the ones that were used last kept within a
// budget of bytes.

/// Pages of the log that are older than its memory, least recently used dropped first.
struct Pages {
    private struct Page {
        let segment: Segment
        var usedAt: UInt64
    }

    private var pages: [Int: Page] = [:]
    private var byteCount = 0
    private var uses: UInt64 = 0
    private let bytesMax: Int

    /// No pages, and a budget that the page inserted last alone may exceed.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// How many bytes are here.
    var totalByteCount: Int { byteCount }

    /// Keeps a page, in place of what was known of it, and drops others beyond the budget.
    mutating func insert(_ number: Int, _ segment: Segment) {
        remove(number)
        uses += 1
        pages[number] = Page(segment: segment, usedAt: uses)
        byteCount += segment.byteCount
        while byteCount > bytesMax, pages.count > 1,
            let oldest = pages.min(by: { $0.value.usedAt < $1.value.usedAt })
        {
            remove(oldest.key)
        }
    }

    /// The part of a page that is here, if it holds the position.
    mutating func segment(ofPage number: Int, holding position: UInt64) -> Segment? {
        guard let segment = pages[number]?.segment, segment.contains(position) else { return nil }
        uses += 1
        pages[number]?.usedAt = uses
        return segment
    }

    /// Drops the pages that end before a position.
    mutating func removeAll(endingBefore position: UInt64) {
        for (number, page) in pages where page.segment.last < position { remove(number) }
    }

    private mutating func remove(_ number: Int) {
        guard let page = pages.removeValue(forKey: number) else { return }
        byteCount -= page.segment.byteCount
    }
}
