// One HTTP/1.1 connection that sends requests without waiting for the answers before (RFC 9112
// §9.3.2). Answers come in the order of the requests, so the oldest start time is the answer's.

import Reactor
import Wire

/// An answer, and when its request was due.
struct PipelinedAnswer: Equatable {
    let status: Int
    let startNanoseconds: Int64
}

/// A client connection with requests in flight.
struct PipelinedConnection {
    /// What an attempt to read or write came to.
    enum Outcome: Equatable {
        case open
        case closed(String)
    }

    let descriptor: Int32
    private var output: [UInt8] = []
    private var outputSent = 0
    private var input: [UInt8] = []
    private var starts: [Int64] = []
    private var startsTaken = 0
    private var isLastSeen = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Requests without an answer.
    var inFlight: Int { starts.count - startsTaken }

    /// Adds a request to what will be sent.
    mutating func enqueue(startNanoseconds: Int64, _ append: (inout [UInt8]) -> Void) {
        append(&output)
        starts.append(startNanoseconds)
    }

    /// Sends as much as the socket takes.
    mutating func flush() -> Outcome {
        while outputSent < output.count {
            switch Socket.send(descriptor, output, outputSent..<output.count) {
            case .sent(let count): outputSent += count
            case .wouldBlock: return .open
            case .failed(let error): return .closed(error.description)
            }
        }
        output.removeAll(keepingCapacity: true)
        outputSent = 0
        return .open
    }

    /// Reads all that has come, through `buffer`, and appends the answers.
    mutating func receive(
        through buffer: inout [UInt8], answers: inout [PipelinedAnswer]
    ) -> Outcome {
        while true {
            switch Socket.receive(descriptor, into: &buffer) {
            case .bytes(let count):
                input.append(copying: buffer.span, 0..<count)
                guard readAnswers(&answers) else { return .closed("a malformed answer") }
                if isLastSeen { return .closed("the server closed") }
                if count < buffer.count { return .open }
            case .wouldBlock: return .open
            case .ended: return .closed("the server closed")
            case .failed(let error): return .closed(error.description)
            }
        }
    }

    private mutating func readAnswers(_ answers: inout [PipelinedAnswer]) -> Bool {
        var start = 0
        defer { input.removeSubrange(0..<start) }
        while start < input.count {
            switch HTTPResponseScanner.head(in: input.span, start..<input.count) {
            case .needMore: return true
            case .bad: return false
            case .head(let head):
                let bodyCount: Int
                switch head.body {
                case .none: bodyCount = 0
                case .length(let count): bodyCount = count
                case .chunked, .untilClose: return false
                }
                guard input.count - start - head.byteCount >= bodyCount else { return true }
                start += head.byteCount + bodyCount
                if head.status < 200 { continue }
                guard let began = takeStart() else { return false }
                answers.append(PipelinedAnswer(status: head.status, startNanoseconds: began))
                isLastSeen = isLastSeen || head.isLast
            }
        }
        return true
    }

    private mutating func takeStart() -> Int64? {
        guard startsTaken < starts.count else { return nil }
        let start = starts[startsTaken]
        startsTaken += 1
        if startsTaken == starts.count || startsTaken > 1_024 {
            starts.removeSubrange(0..<startsTaken)
            startsTaken = 0
        }
        return start
    }
}
