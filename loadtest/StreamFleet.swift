// Many streams and their publisher on one poller: what all scenarios of subscribers share. It opens
// streams, reads what is ready, counts, and remembers the first thing that went wrong.

import Glibc
import Reactor
import TLS
import Wire

/// Streams under way.
struct StreamFleet: ~Copyable {
    // Above any payload that the hub takes, so that the largest frame fits.
    private static let bufferBytes = 4 << 20
    private static let publisherToken: UInt64 = 1 << 32
    // Ports of one source address suffice for so many streams.
    private static let streamsPerSource = 16_000
    // Of compressed streams one in so many is read.
    private static let inflatedEach = 100

    private let options: SubscribersOptions
    /// Where the streams are opened, and what makes their TLS; nil for plain ones.
    private let target: LoadTestTarget
    private let tls: TLSContext?
    private var poller: Poller
    private var buffer = [UInt8](repeating: 0, count: bufferBytes)
    private var random = RandomSource()
    private let inflater = RawInflater()
    private var nextStream = 0
    private(set) var streams: [EventStream]
    private(set) var opening = 0
    private(set) var live = 0
    private(set) var refused = 0
    private(set) var closedEarly = 0
    private(set) var firstFailure: String?
    private(set) var lastDeliveryNanoseconds: Int64 = 0
    /// What opens a stream: of each filter in turn.
    private var requests: [[UInt8]]
    /// The position that a stream goes on from; nil when it begins now.
    private var after: UInt64?
    private(set) var tally: StreamTally
    var publisher: Publisher

    /// Streams that are not open yet.
    init(_ options: SubscribersOptions) throws(LoadTestError) {
        self.options = options
        target = options.tlsPort.map { options.target.at(port: $0) } ?? options.target
        tls = options.tlsPort.flatMap { _ in TLSContext() }
        signal(SIGPIPE, SIG_IGN)
        let needed = options.streamCount + options.publishConnections + 32
        let allowed = Dialer.raiseDescriptorLimit()
        guard needed <= allowed else {
            throw .descriptorsTooFew(needed: needed, allowed: allowed)
        }
        do {
            poller = try Poller()
        } catch {
            throw .system(error)
        }
        requests = (0..<max(1, options.filterCount)).map { index in
            SubscribersRequest.bytes(
                target: options.target, path: options.path(ofStream: index),
                transport: options.transport, token: options.token,
                isCompressed: options.isCompressed)
        }
        streams = [EventStream](repeating: EventStream(), count: options.streamCount)
        tally = StreamTally(
            isContiguous: options.requiresContiguous, hasForeignIDs: options.hasForeignIDs)
        publisher = Publisher(options: options)
    }

    /// Streams that are opened from now on go on behind a place of the log; they have no filter.
    mutating func resume(after place: LogPlace) {
        requests = [
            SubscribersRequest.bytes(
                target: options.target, path: options.streamPath + "?after=" + place.text,
                transport: options.transport, token: options.token)
        ]
        after = place.position
    }

    /// Opens the publisher's connections.
    mutating func openPublisher() throws(LoadTestError) {
        try publisher.open(poller, firstToken: StreamFleet.publisherToken)
    }

    /// Whether there are streams that were never opened.
    var hasUnopened: Bool { nextStream < streams.count }

    /// Begins to open streams, as many as may be opening at a time.
    mutating func openMore() {
        while hasUnopened, opening < options.openingMax { openNext() }
    }

    private mutating func openNext() {
        let index = nextStream
        nextStream += 1
        let source =
            streams.count > StreamFleet.streamsPerSource
            ? index / StreamFleet.streamsPerSource : nil
        do {
            let descriptor = try Dialer.connect(
                to: target, sourceIndex: source,
                receiveBufferBytes: options.receiveBufferBytes)
            streams[index].begin(
                descriptor: descriptor, after: after,
                tls: tls.flatMap { TLSConnection(connecting: descriptor, $0) })
            opening += 1
            try poller.add(descriptor, token: UInt64(index), interest: .write)
        } catch {
            end(index, error.description)
        }
    }

    /// Gives up the streams that are not open yet.
    mutating func giveUpOpening() {
        for index in streams.indices where streams[index].phase != .live {
            if streams[index].phase != .closed { end(index, "was not open in time") }
        }
    }

    /// Waits once, and reads all that is ready.
    mutating func step(timeoutMilliseconds: Int32) {
        let count = poller.sleepUntilReady(timeoutMilliseconds: timeoutMilliseconds)
        let deliveries = tally.deliveries
        for index in 0..<count {
            let readiness = poller.readiness(at: index)
            if readiness.token >= StreamFleet.publisherToken {
                publisher.advance(
                    connection: Int(readiness.token - StreamFleet.publisherToken),
                    through: &buffer)
            } else {
                advance(Int(readiness.token))
            }
        }
        if tally.deliveries > deliveries { lastDeliveryNanoseconds = Clock.monotonicNanoseconds() }
    }

    /// Lets the kernel note when something comes for the streams that are open.
    func stampArrivals() {
        for stream in streams where stream.phase == .live {
            Socket.stampArrivals(stream.descriptor)
        }
    }

    /// When what each stream has not read yet began to come, for those to which something came.
    func arrivalsNanoseconds() -> [Int64] {
        streams.compactMap {
            $0.phase == .live ? Socket.arrivalNanoseconds($0.descriptor) : nil
        }
    }

    /// How many streams have every event up to a position.
    func count(at position: UInt64) -> Int {
        streams.count { ($0.cursor.position ?? 0) >= position }
    }

    /// Ends everything.
    mutating func close() {
        publisher.close()
        for index in streams.indices { streams[index].close() }
    }

    private mutating func advance(_ index: Int) {
        let outcome: EventStream.Outcome
        let phase = streams[index].phase
        switch phase {
        case .unopened, .closed: return
        case .connecting:
            outcome = streams[index].request(requests[index % requests.count])
            if outcome == .open {
                let descriptor = streams[index].descriptor
                guard (try? poller.modify(descriptor, token: UInt64(index), interest: .read)) != nil
                else { return end(index, "the poller refused the stream") }
            }
        case .shakingHands: outcome = streams[index].request(requests[index % requests.count])
        case .awaitingHead, .live:
            outcome = streams[index].receive(
                through: &buffer, transport: options.transport,
                mask: UInt32(truncatingIfNeeded: random.next()), inflating: inflating(index),
                tally: &tally)
        }
        if phase == .awaitingHead, streams[index].phase == .live {
            opening -= 1
            live += 1
        }
        if case .ended(let reason) = outcome { end(index, reason) }
    }

    /// What a stream does with compressed messages.
    private func inflating(_ index: Int) -> CompressedMessages {
        guard options.isCompressed else { return .refused }
        return index % StreamFleet.inflatedEach == 0 ? .read(inflater) : .counted
    }

    private mutating func end(_ index: Int, _ reason: String) {
        firstFailure = firstFailure ?? "stream \(index): \(reason)"
        switch streams[index].phase {
        case .live:
            live -= 1
            closedEarly += 1
        case .connecting, .shakingHands, .awaitingHead:
            opening -= 1
            refused += 1
        case .unopened, .closed:
            refused += 1
        }
        streams[index].close()
    }
}
