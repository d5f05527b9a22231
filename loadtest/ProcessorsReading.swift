// What `/admin/processors` says: how far each processor is behind the end of the log.

import Wire

/// One look at the processors.
struct ProcessorsReading: Equatable {
    /// The last position of the log.
    var head: UInt64
    /// The furthest behind: in positions, and in milliseconds of waiting.
    var lagPositionsMax = 0
    var lagMillisecondsMax = 0
    var deadLetters = 0
    /// The cursors, in the order of the answer.
    var cursors: [UInt64] = []
    /// Whether each processor is held by an instance.
    var isLeased = true

    /// Whether nothing is left to do.
    var isAtRest: Bool { !cursors.isEmpty && cursors.allSatisfy { $0 >= head } }

    /// Reads an answer; nil when it is not such.
    init?(_ document: JSONDocument) {
        let root = document.root
        guard let head = document.member("head", of: root).flatMap({ document.string($0) }),
            let position = UInt64(head), let rows = document.member("data", of: root)
        else { return nil }
        self.head = position
        for row in document.elements(rows) {
            guard
                let text = document.member("cursor", of: row).flatMap({ document.string($0) }),
                let cursor = UInt64(text), let lag = document.member("lag", of: row)
            else { return nil }
            cursors.append(cursor)
            let positions = document.member("positions", of: lag).flatMap { document.integer($0) }
            let seconds = document.member("seconds", of: lag)
                .flatMap { document.numberText($0) }.flatMap { Double($0) }
            lagPositionsMax = max(lagPositionsMax, positions ?? 0)
            lagMillisecondsMax = max(lagMillisecondsMax, Int((seconds ?? 0) * 1_000))
            deadLetters +=
                document.member("dead_letters", of: row).flatMap { document.integer($0) } ?? 0
            if document.member("holder", of: row).flatMap({ document.string($0) }) == nil {
                isLeased = false
            }
        }
    }
}
