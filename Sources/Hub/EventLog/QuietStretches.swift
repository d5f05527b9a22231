// Stretches of history that are known to hold nothing for one filter. A look-up that runs out of
// pages leaves a note of how far it got, so that the next one goes on from there, though the pages in
// between may be gone again; and so that all others with that filter skip them.

/// Position ranges without a match for one filter: sorted, apart from each other, and bounded.
struct QuietStretches {
    private var stretches: [ClosedRange<UInt64>] = []

    /// How many are kept; beyond that the shortest is forgotten, which is the cheapest to find out
    /// again.
    private static let countMax = 1_024

    /// The last position of the stretch that the event after `position` is in; `position` if it is
    /// in none.
    func end(after position: UInt64) -> UInt64 {
        let index = Frames.partition(stretches, from: 0, to: stretches.count) {
            $0.upperBound <= position
        }
        guard index < stretches.count, stretches[index].lowerBound <= position + 1 else {
            return position
        }
        return stretches[index].upperBound
    }

    /// Notes that no event in the range matches.
    mutating func insert(_ range: ClosedRange<UInt64>) {
        let low = Frames.partition(stretches, from: 0, to: stretches.count) {
            $0.upperBound + 1 < range.lowerBound
        }
        let high = Frames.partition(stretches, from: low, to: stretches.count) {
            $0.lowerBound <= range.upperBound + 1
        }
        var joined = range
        if low < high {
            joined =
                min(
                    range.lowerBound, stretches[low].lowerBound)...max(
                    range.upperBound, stretches[high - 1].upperBound)
        }
        stretches.replaceSubrange(low..<high, with: [joined])
        guard stretches.count > QuietStretches.countMax else { return }
        let others = stretches.indices.filter { $0 != low }
        if let shortest = others.min(by: { stretches[$0].count < stretches[$1].count }) {
            stretches.remove(at: shortest)
        }
    }
}
