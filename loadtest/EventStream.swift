// One subscriber: its socket, how far its opening is, and what of a frame has come so far. Ten
// thousand of them share one receive buffer; only an unfinished frame is kept here.

import Reactor
import TLS
import Wire

/// A stream, from connecting to its end.
struct EventStream {
    /// How far it is.
    enum Phase: Equatable {
        case unopened
        case connecting
        case shakingHands
        case awaitingHead
        case live
        case closed
    }

    /// What reading it came to.
    enum Outcome: Equatable {
        case open
        case ended(String)
    }

    private(set) var phase = Phase.unopened
    private(set) var cursor = StreamCursor()
    private(set) var descriptor: Int32 = -1
    private var tls: TLSConnection?
    private var unfinished: [UInt8] = []
    private var chunks: ChunkedUnwrapper?

    /// Takes over a descriptor that is connecting.
    ///
    /// A stream that goes on behind a position must have the one after it first.
    mutating func begin(
        descriptor: Int32, after position: UInt64? = nil, tls: TLSConnection? = nil
    ) {
        self.descriptor = descriptor
        self.tls = tls
        unfinished = []
        chunks = nil
        if let position { cursor.resume(after: position) }
        phase = .connecting
    }

    /// Sends the request once the connection is there and, with TLS, the handshake is over.
    mutating func request(_ bytes: [UInt8]) -> Outcome {
        if phase == .connecting, let error = Socket.connectError(descriptor) {
            return .ended(error.description)
        }
        phase = .shakingHands
        switch tls?.handshake() {
        case nil, .done?: break
        case .awaitsBytes?, .awaitsRoom?: return .open
        case .failed(let fault)?: return .ended("the handshake failed: \(fault.rawValue)")
        }
        guard send(bytes) else {
            return .ended("the request could not be sent")
        }
        phase = .awaitingHead
        return .open
    }

    /// Reads what has come, through `buffer`, and counts its frames.
    mutating func receive(
        through buffer: inout [UInt8], transport: StreamTransport, mask: UInt32,
        inflating: CompressedMessages = .refused, tally: inout StreamTally
    ) -> Outcome {
        let kept = unfinished.count
        guard kept < buffer.count else { return .ended("a frame is larger than the buffer") }
        for index in 0..<kept { buffer[index] = unfinished[index] }
        let received: Int
        // The kernel may let nobody else run while it copies.
        switch receive(into: &buffer, at: kept) {
        case .bytes(let count): received = count
        case .wouldBlock: return .open
        case .ended: return .ended("the server closed the connection")
        case .failed(let error): return .ended(error.description)
        }
        let now = Clock.monotonicNanoseconds()
        unfinished.removeAll(keepingCapacity: true)
        let end = kept + received
        if phase == .live {
            return scan(&buffer, kept: kept, end, transport, mask, inflating, now, &tally)
        }
        switch HTTPResponseScanner.head(in: buffer.span, 0..<end) {
        case .needMore:
            keep(buffer, 0..<end)
            return .open
        case .bad: return .ended("the answer is not HTTP")
        case .head(let head):
            if let refusal = open(head, transport) { return .ended(refusal) }
            moveToStart(&buffer, head.byteCount..<end)
            let rest = end - head.byteCount
            return rest > 0
                ? scan(&buffer, kept: 0, rest, transport, mask, inflating, now, &tally) : .open
        }
    }

    private func receive(into buffer: inout [UInt8], at offset: Int) -> ReceiveOutcome {
        guard let tls else {
            return Socket.receive(descriptor, into: &buffer, at: offset, countMax: 64 << 10)
        }
        switch tls.receive(into: &buffer, at: offset) {
        case .bytes(let count): return .bytes(count)
        case .awaitsBytes, .awaitsRoom: return .wouldBlock
        case .ended, .failed: return .ended
        }
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        guard let tls else {
            return Socket.send(descriptor, bytes, bytes.indices) == .sent(bytes.count)
        }
        return tls.send(bytes, bytes.indices) == .taken(bytes.count) && !tls.holdsRecord
    }

    /// Closes the socket, if one is open.
    mutating func close() {
        guard descriptor >= 0 else { return }
        Socket.close(descriptor)
        descriptor = -1
        tls = nil
        phase = .closed
        unfinished = []
    }

    /// Why a head doesn't open the stream; nil when it does.
    private mutating func open(_ head: HTTPResponseHead, _ transport: StreamTransport) -> String? {
        switch transport {
        case .serverSentEvents:
            guard head.status == 200 else { return "status \(head.status)" }
            if head.body == .chunked { chunks = ChunkedUnwrapper() }
        case .webSocket:
            guard head.status == 101 else { return "status \(head.status)" }
            guard head.acceptsWebSocket else { return "a wrong Sec-WebSocket-Accept" }
        }
        phase = .live
        return nil
    }

    private mutating func scan(
        _ buffer: inout [UInt8], kept: Int, _ receivedEnd: Int, _ transport: StreamTransport,
        _ mask: UInt32, _ inflating: CompressedMessages, _ now: Int64,
        _ tally: inout StreamTally
    ) -> Outcome {
        tally.bytes += receivedEnd - kept
        var end = receivedEnd
        if chunks != nil {
            guard let unwrapped = chunks?.unwrap(&buffer, kept..<end) else {
                return .ended("a malformed chunk")
            }
            end = unwrapped
        }
        switch transport {
        case .serverSentEvents:
            let scanned = ServerSentEventScanner.scan(
                buffer.span, 0..<end, nowNanoseconds: now, cursor: &cursor, tally: &tally)
            keep(buffer, scanned..<end)
            return chunks?.isEnded == true ? .ended("the server ended the stream") : .open
        case .webSocket:
            var replies: [UInt8] = []
            let outcome = WebSocketScanner.scan(
                buffer.span, 0..<end, nowNanoseconds: now, mask: mask, inflating: inflating,
                cursor: &cursor, tally: &tally, replies: &replies)
            if let code = outcome.closeCode { return .ended("closed with \(code)") }
            if let failure = outcome.failure { return .ended(failure) }
            if !replies.isEmpty { _ = send(replies) }
            keep(buffer, outcome.end..<end)
            return .open
        }
    }

    private mutating func keep(_ buffer: borrowing [UInt8], _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        unfinished.append(copying: buffer.span, range)
    }

    private func moveToStart(_ buffer: inout [UInt8], _ range: Range<Int>) {
        for (index, from) in range.enumerated() { buffer[index] = buffer[from] }
    }
}
