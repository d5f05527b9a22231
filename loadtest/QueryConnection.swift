// One connection for questions beside the load: a request at a time, and its answer with the body.
// It sleeps in poll(2) when it is asked to wait, and never otherwise, so a paced load goes on.

import Glibc
import Reactor
import Wire

/// An answer with its body.
struct QueryAnswer {
    let status: Int
    let body: [UInt8]

    /// The body as JSON; nil when it is none.
    var document: JSONDocument? { try? JSONDocument(body) }

    /// A text in the body's object, by the names on the way to it.
    func text(_ path: String...) -> String? {
        guard let document else { return nil }
        return path.reduce(Optional(document.root)) { value, name in
            value.flatMap { document.member(name, of: $0) }
        }.flatMap { document.string($0) }
    }

    /// An integer in the body's object, by the names on the way to it.
    func integer(_ path: String...) -> Int? {
        guard let document else { return nil }
        return path.reduce(Optional(document.root)) { value, name in
            value.flatMap { document.member(name, of: $0) }
        }.flatMap { document.integer($0) }
    }
}

/// A connection for questions.
struct QueryConnection: ~Copyable {
    private let descriptor: Int32
    private let target: LoadTestTarget
    private let token: String?
    private var output: [UInt8] = []
    private var outputSent = 0
    private var input: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// Whether an answer is awaited.
    private(set) var isAsking = false

    private static let waitMilliseconds: Int64 = 15_000

    /// Starts a connection.
    init(target: LoadTestTarget, token: String?) throws(LoadTestError) {
        self.target = target
        self.token = token
        do {
            descriptor = try Dialer.connect(to: target, sourceIndex: nil)
        } catch {
            throw .unreachable(error.description)
        }
    }

    deinit {
        Socket.close(descriptor)
    }

    /// Sends a question; its answer comes from `answer`.
    mutating func ask(_ method: String, _ path: String, body: String? = nil) {
        precondition(!isAsking, "one question at a time")
        isAsking = true
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(target.authority)\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        text += "Accept: application/json\r\n"
        if let body {
            text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        output = Array((text + "\r\n" + (body ?? "")).utf8)
        outputSent = 0
    }

    /// The answer, if it has come.
    mutating func answer() throws(LoadTestError) -> QueryAnswer? {
        guard isAsking else { return nil }
        while outputSent < output.count {
            switch Socket.send(descriptor, output, outputSent..<output.count) {
            case .sent(let count): outputSent += count
            case .wouldBlock: return nil
            case .failed(let error): throw .unreachable(error.description)
            }
        }
        while true {
            if let answer = try takeAnswer() {
                isAsking = false
                return answer
            }
            switch Socket.receive(descriptor, into: &buffer) {
            case .bytes(let count): input.append(copying: buffer.span, 0..<count)
            case .wouldBlock: return nil
            case .ended: throw .unreachable("the server closed")
            case .failed(let error): throw .unreachable(error.description)
            }
        }
    }

    /// Asks and waits for the answer.
    mutating func get(_ path: String) throws(LoadTestError) -> QueryAnswer {
        ask("GET", path)
        return try wait()
    }

    /// Posts JSON and waits for the answer.
    mutating func post(_ path: String, _ body: String) throws(LoadTestError) -> QueryAnswer {
        ask("POST", path, body: body)
        return try wait()
    }

    /// Waits for the answer to what was asked.
    mutating func wait() throws(LoadTestError) -> QueryAnswer {
        let end = Clock.monotonicNanoseconds() + QueryConnection.waitMilliseconds * 1_000_000
        while Clock.monotonicNanoseconds() < end {
            if let answer = try answer() { return answer }
            let events = outputSent < output.count ? POLLOUT : POLLIN
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            _ = unsafe poll(&entry, 1, 100)
        }
        throw .unreachable("no answer within 15 seconds")
    }

    private mutating func takeAnswer() throws(LoadTestError) -> QueryAnswer? {
        switch HTTPResponseScanner.head(in: input.span, 0..<input.count) {
        case .needMore: return nil
        case .bad: throw .unreachable("a malformed answer")
        case .head(let head):
            let bodyCount: Int
            switch head.body {
            case .none: bodyCount = 0
            case .length(let count): bodyCount = count
            case .chunked, .untilClose: throw .unreachable("an answer without its length")
            }
            guard input.count >= head.byteCount + bodyCount else { return nil }
            let end = head.byteCount + bodyCount
            let answer = QueryAnswer(
                status: head.status, body: Array(input[head.byteCount..<end]))
            input.removeSubrange(0..<end)
            return answer
        }
    }
}
