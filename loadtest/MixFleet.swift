// Readers of many kinds that come back: a connection that ends is opened again behind the last
// position, after a moment, as often as it takes. What each was promised is checked at the end.

import Reactor
import Wire

/// Readers under way.
struct MixFleet: ~Copyable {
    private struct Reader {
        var stream = EventStream()
        var openAtNanoseconds: Int64 = 0
        /// Positions of the reader's own; the start until the first one.
        var after: UInt64
    }

    private let options: MixOptions
    private let start: LogPlace
    private var readers: [Reader]
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private let inflater = RawInflater()
    private var random = RandomSource()
    /// Readers of everything, of a type, and of the newest: they are judged by different rules.
    private(set) var everything = StreamTally(isContiguous: true)
    private(set) var filtered = StreamTally(isContiguous: false)
    private(set) var newest = StreamTally(isContiguous: false)
    private(set) var opened = 0
    private(set) var cuts = 0
    /// Connections that were refused, and those that ended before their answer.
    private(set) var refused = 0
    private(set) var unanswered = 0
    private(set) var firstFailure: String?

    /// How long a reader waits before it comes back; half of it is chance.
    private static let pauseNanoseconds = 200_000_000

    /// Readers that all begin behind one place.
    init(_ options: MixOptions, after start: LogPlace) {
        self.options = options
        self.start = start
        readers = (0..<options.streamCount).map { _ in Reader(after: start.position) }
    }

    /// How many are open.
    var live: Int { readers.count { $0.stream.phase == .live } }

    /// Opens those whose time it is.
    mutating func open(_ poller: borrowing Poller, nowNanoseconds now: Int64) {
        for index in readers.indices where now >= readers[index].openAtNanoseconds {
            switch readers[index].stream.phase {
            case .connecting, .shakingHands, .awaitingHead, .live: continue
            case .unopened, .closed: break
            }
            do {
                let descriptor = try Dialer.connect(to: options.target, sourceIndex: nil)
                readers[index].stream.begin(
                    descriptor: descriptor, after: readers[index].after)
                try poller.add(descriptor, token: UInt64(index), interest: .write)
            } catch {
                refused += 1
                end(index, error.description, now)
            }
        }
    }

    /// Cuts a connection that is open, as a network does.
    mutating func cutOne(nowNanoseconds now: Int64) {
        let index = random.next(below: readers.count)
        guard readers[index].stream.phase == .live else { return }
        cuts += 1
        close(index, now)
    }

    /// Goes on with the reader of a token.
    mutating func advance(_ index: Int, _ poller: borrowing Poller, nowNanoseconds now: Int64) {
        let phase = readers[index].stream.phase
        let outcome: EventStream.Outcome
        switch phase {
        case .unopened, .closed: return
        case .connecting, .shakingHands:
            outcome = readers[index].stream.request(request(index))
            if case .ended = outcome { refused += 1 }
            if outcome == .open {
                let descriptor = readers[index].stream.descriptor
                try? poller.modify(descriptor, token: UInt64(index), interest: .read)
            }
        case .awaitingHead, .live:
            outcome = receive(index)
            let isLive = readers[index].stream.phase == .live
            if phase == .awaitingHead, isLive { opened += 1 }
            if phase == .awaitingHead, !isLive, case .ended = outcome { unanswered += 1 }
        }
        if case .ended(let reason) = outcome { end(index, reason, now) }
    }

    /// The readers that don't have, up to a position, what they were promised.
    ///
    /// - Parameters:
    ///   - position: that of the last event.
    ///   - newest: that of the last typed event.
    ///   - types: the positions of each type.
    func incomplete(
        at position: UInt64, newest: UInt64, types: [String: PositionChecksum]
    ) -> [Int] {
        readers.indices.filter { index in
            let cursor = readers[index].stream.cursor
            switch kind(index).promise(index) {
            case .everything: return (cursor.position ?? 0) < position
            case .type(let type): return cursor.checksum != types[type]
            case .newest: return (cursor.position ?? 0) < newest
            }
        }
    }

    /// What a reader got, for a person.
    func describe(_ index: Int) -> String {
        let stream = readers[index].stream
        return "reader \(index) (\(kind(index))) is at \(stream.cursor.position ?? 0) with "
            + "\(stream.cursor.deliveries) events, \(stream.phase)"
    }

    /// Ends everything.
    mutating func close() {
        for index in readers.indices { readers[index].stream.close() }
    }

    private func kind(_ index: Int) -> MixKind {
        let kinds = MixKind.allCases
        return kinds[index % kinds.count]
    }

    private func request(_ index: Int) -> [UInt8] {
        let kind = kind(index)
        let place = LogPlace(epoch: start.epoch, position: readers[index].after)
        return SubscribersRequest.bytes(
            target: options.target, path: kind.path(index, after: place, rate: options.rate),
            transport: kind.transport, token: options.token,
            isCompressed: kind == .everythingCompressed)
    }

    private mutating func receive(_ index: Int) -> EventStream.Outcome {
        let kind = kind(index)
        let mask = UInt32(truncatingIfNeeded: random.next())
        let inflating: CompressedMessages =
            kind == .everythingCompressed ? .read(inflater) : .refused
        switch kind.promise(index) {
        case .everything:
            return readers[index].stream.receive(
                through: &buffer, transport: kind.transport, mask: mask, inflating: inflating,
                tally: &everything)
        case .type:
            return readers[index].stream.receive(
                through: &buffer, transport: kind.transport, mask: mask, inflating: inflating,
                tally: &filtered)
        case .newest:
            return readers[index].stream.receive(
                through: &buffer, transport: kind.transport, mask: mask, inflating: inflating,
                tally: &newest)
        }
    }

    private mutating func end(_ index: Int, _ reason: String, _ now: Int64) {
        if readers[index].stream.phase != .live, firstFailure == nil {
            firstFailure = "reader \(index): \(reason)"
        }
        close(index, now)
    }

    private mutating func close(_ index: Int, _ now: Int64) {
        readers[index].stream.close()
        readers[index].after = readers[index].stream.cursor.position ?? start.position
        let pause = MixFleet.pauseNanoseconds
        readers[index].openAtNanoseconds = now + Int64(pause / 2 + random.next(below: pause / 2))
    }
}
