// A connection is a slot in a slab, not an object graph: its token is slot and generation. An
// idle subscriber owns no buffer, and its slot is at most 256 bytes, asserted by a test.

import Domain
import EventLog
import Reactor
import TLS
import Wire

/// Names a connection of one loop: a stale token finds nothing.
struct ConnectionToken: Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(slot: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(slot)
    }

    var slot: Int { Int(rawValue & 0xFFFF_FFFF) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}

/// What a connection is doing.
enum ConnectionPhase: UInt8, Sendable {
    /// The slot is free.
    case free
    /// It speaks HTTP: requests come, answers go.
    case http
    /// It receives `text/event-stream`.
    case eventStream
    /// It speaks WebSocket.
    case webSocket
    /// It speaks WebSocket, and gets back what it says.
    case echo
    /// It receives the unified log as `text/event-stream`.
    case logTail
    /// It was answered for the last time; what it still sends is read and forgotten.
    case lingering

    /// Whether what it sends are frames.
    var speaksWebSocket: Bool { self == .webSocket || self == .echo }

    /// Whether it goes on until somebody ends it.
    var isStream: Bool {
        switch self {
        case .eventStream, .webSocket, .logTail: true
        case .free, .http, .echo, .lingering: false
        }
    }
}

/// Small facts about a connection.
struct ConnectionFlags: OptionSet, Sendable {
    let rawValue: UInt32

    /// The socket's buffer is full: it is watched for writing.
    static let isBlocked = ConnectionFlags(rawValue: 1)
    /// It is not read until what waits has been answered.
    static let isPaused = ConnectionFlags(rawValue: 2)
    /// It is closed when its output has left.
    static let closesAfterOutput = ConnectionFlags(rawValue: 4)
    /// It stands in the list of connections with something to send.
    static let isDirty = ConnectionFlags(rawValue: 8)
    /// Its cursor waits for a page of history.
    static let awaitsPage = ConnectionFlags(rawValue: 16)
    /// The peer has sent its last byte.
    static let inputEnded = ConnectionFlags(rawValue: 32)
    /// Its stream starts when Postgres has told its head.
    static let awaitsHead = ConnectionFlags(rawValue: 64)
    /// A WebSocket that still has the filter it began with: the first subscribe replaces it.
    static let hasImplicitFilter = ConnectionFlags(rawValue: 128)
    /// A WebSocket close frame was sent.
    static let closeSent = ConnectionFlags(rawValue: 256)
    /// A WebSocket has subscribed before, so `after` may not come again.
    static let hasSubscribed = ConnectionFlags(rawValue: 512)
    /// A wheel entry reminds of this connection.
    static let isScheduled = ConnectionFlags(rawValue: 1024)
    /// It stands among its audience's members.
    static let isMember = ConnectionFlags(rawValue: 2048)
    /// `100 Continue` was sent for the request that is being read.
    static let continueSent = ConnectionFlags(rawValue: 4096)
    /// Its cursor is set back when the frame that was begun has ended.
    static let awaitsRestart = ConnectionFlags(rawValue: 8192)
    /// A WebSocket whose messages may be compressed, or an event stream in gzip.
    static let isCompressed = ConnectionFlags(rawValue: 16_384)
    /// Its reader wants only the newest of each subject.
    static let wantsLatest = ConnectionFlags(rawValue: 32_768)
    /// Its reader would rather miss events than be ended.
    static let skips = ConnectionFlags(rawValue: 65_536)
    /// It may get only so many events a second.
    static let isPaced = ConnectionFlags(rawValue: 131_072)
    /// It has had everything once: what it falls behind from now on is its own doing.
    static let hasCaughtUp = ConnectionFlags(rawValue: 262_144)
    /// Its reader took nothing for too long.
    static let isSlow = ConnectionFlags(rawValue: 524_288)
    /// It stands in a list of those that catch up.
    static let awaitsCatchUp = ConnectionFlags(rawValue: 1_048_576)
    /// It catches up and has one of the places for it.
    static let isAdmitted = ConnectionFlags(rawValue: 2_097_152)
    /// Nothing was read of it yet.
    static let isNewcomer = ConnectionFlags(rawValue: 4_194_304)
    /// Its address is a trusted proxy's, whose word on others is taken.
    static let isFromProxy = ConnectionFlags(rawValue: 8_388_608)
    /// It has still to say by a PROXY header whose it is.
    static let awaitsProxyHeader = ConnectionFlags(rawValue: 16_777_216)
    /// It is one of those that its address may have open.
    static let countsForAddress = ConnectionFlags(rawValue: 33_554_432)
    /// Its last request was read: nothing behind it is one (RFC 9112 §9.6).
    static let hadLastRequest = ConnectionFlags(rawValue: 67_108_864)
    /// It came to a port of TLS, and its handshake is not over.
    static let isHandshaking = ConnectionFlags(rawValue: 134_217_728)
    /// What it says and hears is encrypted.
    static let isEncrypted = ConnectionFlags(rawValue: 268_435_456)
    /// It can't be read until something has left.
    static let readsWhenWritable = ConnectionFlags(rawValue: 536_870_912)

    /// What says whether a stream needs more than that its socket is sent what comes.
    fileprivate static let attentive: ConnectionFlags = [
        .hasCaughtUp, .isBlocked, .closesAfterOutput, .awaitsPage, .awaitsHead, .awaitsRestart,
        .isPaced, .isSlow, .isEncrypted,
    ]

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

/// One connection.
struct Connection {
    // What every delivery looks at: side by side, so that it is in one cache line or two.
    var descriptor: Int32 = -1
    var generation: UInt32 = 0
    var flags: ConnectionFlags = []
    var phase = ConnectionPhase.free
    /// Why the hub ends the stream, once it does.
    var endReason = EndReason.clientLeft
    /// Where a stream stands in the log.
    var cursor = Cursor(position: 0)
    /// The last position that the peer was told.
    var toldPosition: UInt64 = 0
    /// When something is to be done, in monotonic milliseconds: a time-out or a heartbeat.
    var deadlineMilliseconds: Int64 = 0
    /// Bytes to send before anything else.
    var output: [UInt8] = []

    /// When the wheel reminds of it, at the latest then.
    var reminderMilliseconds: Int64 = 0
    var address = IPAddress(high: 0, low: 0)

    // HTTP
    /// How much of `output` has left.
    var outputSent: Int32 = 0
    /// Bytes of `input` known to hold no end of a head.
    var scannedCount: Int32 = 0
    /// Bytes of a request that is not complete.
    var input: [UInt8] = []
    /// Requests that wait for their answers, in order.
    var exchanges: [Exchange] = []
    /// The next request's number, by which its answer finds its place.
    var nextSequence: UInt32 = 0
    /// A body that is being read.
    var body: IncomingBody?

    // Streams
    /// Whom it streams with: same filter, same form of frames.
    var audience: Int32 = -1
    /// Its place among the audience's members.
    var memberIndex: Int32 = -1
    /// Whose token opened the stream, in the loop's table.
    var principal: Int32 = -1
    /// When its life ends, in monotonic seconds.
    var endsSeconds = Int32.max
    /// When that token expires, in seconds since 1970.
    var expirySeconds: Int64 = 0
    /// A message that is half read.
    var webSocket: PendingFrames?

    /// What encrypts and decrypts; nil for who speaks plainly.
    var tls: TLSConnection?

    /// Whether it only waits for what comes next: it had everything, and nothing is in its way.
    var isAttentive: Bool {
        flags.intersection(ConnectionFlags.attentive) == .hasCaughtUp && output.isEmpty
    }

    /// The peer was sent bytes of the log: so much the less is due, and it is told it is alive.
    mutating func move(to cursor: Cursor, heartbeatMilliseconds: Int64) {
        self.cursor = cursor
        toldPosition = cursor.position
        deadlineMilliseconds = heartbeatMilliseconds
    }
}

/// The slab of one loop.
///
/// Slots are used again; the generation tells old tokens from new ones.
struct ConnectionTable {
    private(set) var slots: [Connection] = []
    private var free: [UInt32] = []

    /// Connections that are open.
    var count: Int { slots.count - free.count }

    /// Opens a slot.
    mutating func insert(descriptor: Int32, address: IPAddress) -> Int {
        let slot: Int
        if let last = free.popLast() {
            slot = Int(last)
        } else {
            slot = slots.count
            slots.append(Connection())
        }
        slots[slot].descriptor = descriptor
        slots[slot].address = address
        slots[slot].phase = .http
        return slot
    }

    /// Frees a slot and makes its tokens stale.
    mutating func remove(_ slot: Int) {
        let generation = slots[slot].generation
        slots[slot] = Connection()
        slots[slot].generation = generation &+ 1
        free.append(UInt32(slot))
    }

    /// The token of an open slot.
    func token(_ slot: Int) -> ConnectionToken {
        ConnectionToken(slot: slot, generation: slots[slot].generation)
    }

    /// The slot that a token names; nil when it is stale.
    func slot(_ token: ConnectionToken) -> Int? {
        let slot = token.slot
        guard slot < slots.count, slots[slot].generation == token.generation,
            slots[slot].phase != .free
        else { return nil }
        return slot
    }

    /// Sends an attentive stream a run that it stands at the start of, and moves it when all is
    /// sent; nil when it isn't such a stream.
    mutating func give(
        _ shared: SharedRun, to slot: Int, heartbeatMilliseconds: Int64
    ) -> SendOutcome? {
        guard slots[slot].isAttentive, slots[slot].cursor == shared.start else { return nil }
        let run = shared.run
        let outcome = Socket.send(slots[slot].descriptor, run.bytes, run.range)
        if case .sent(run.range.count) = outcome {
            slots[slot].move(
                to: Cursor(position: run.through), heartbeatMilliseconds: heartbeatMilliseconds)
        }
        return outcome
    }

    subscript(slot: Int) -> Connection {
        get { slots[slot] }
        _modify { yield &slots[slot] }
    }
}
