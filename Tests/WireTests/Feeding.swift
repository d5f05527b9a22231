// How the tests feed parsers: whole, cut in two at every byte, and byte by byte; and where the
// randomness of the fuzz tests comes from.

import Foundation
import FuzzTargets
import Wire

/// What a head turned out to be, comparable.
enum Head: Equatable {
    case request(HTTPRequest)
    case needMore
    case bad(HTTPError)

    init(_ outcome: HTTPRequestParser.Outcome) {
        switch outcome {
        case .request(let request): self = .request(request)
        case .needMore: self = .needMore
        case .bad(let error): self = .bad(error)
        }
    }

    var request: HTTPRequest? {
        if case .request(let request) = self { return request }
        return nil
    }
}

/// The bytes of `text`.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The text of `bytes`.
func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// The head `bytes` begin with, arriving in pieces that end at `cuts` and at the end.
func head(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> Head {
    let parser = HTTPRequestParser(limits: limits)
    var scanned = 0
    var result = Head.needMore
    for cut in cuts + [bytes.count] {
        result = Head(parser.parse(bytes.span.extracting(0..<cut), scannedFrom: scanned))
        if result != .needMore { return result }
        scanned = cut
    }
    return result
}

/// The head that `text` begins with.
func head(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Head {
    head(utf8(text), limits: limits)
}

/// How a chunked body came out.
enum ChunkedResult: Equatable {
    case complete(body: [UInt8], consumed: Int)
    case needMore(body: [UInt8])
    case bad(HTTPError)
}

/// Decodes `bytes` in pieces that end at `cuts` and at the end.
func chunked(_ bytes: [UInt8], cuts: [Int] = [], bodyBytesMax: Int = 1000) -> ChunkedResult {
    var decoder = ChunkedDecoder(bodyBytesMax: bodyBytesMax)
    var body: [UInt8] = []
    var offset = 0
    for cut in cuts + [bytes.count] {
        switch decoder.decode(bytes.span.extracting(0..<cut), from: offset, into: &body) {
        case .complete(let consumed):
            return .complete(body: body, consumed: offset + consumed)
        case .needMore(let consumed): offset += consumed
        case .bad(let error): return .bad(error)
        }
    }
    return .needMore(body: body)
}

/// All that a WebSocket parser makes of `bytes` arriving in pieces; the last `needMore` left out.
func webSocket(
    _ bytes: [UInt8], cuts: [Int] = [], role: WebSocketRole = .server, messageBytesMax: Int = 1000
) -> [WebSocketParser.Outcome] {
    FuzzedStreams.outcomes(
        bytes, cuts: cuts, of: WebSocketParser(role: role, messageBytesMax: messageBytesMax))
}

/// All events of a stream arriving in pieces.
func serverSentEvents(_ bytes: [UInt8], cuts: [Int] = []) -> [ParsedServerSentEvent] {
    FuzzedStreams.parsed(bytes, cuts: cuts)
}

/// Every way to cut `count` bytes in two, and once between all of them.
func everyCut(_ count: Int) -> [[Int]] {
    (0..<count).map { [$0] } + [Array(0..<count)]
}

/// A generator that one number reproduces (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A generator seeded by `HUB_TEST_SEED`, or anew; it prints its seed.
    init(for test: String) {
        let given = ProcessInfo.processInfo.environment["HUB_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(test): HUB_TEST_SEED=\(seed)")
        self.init(seed: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// `bytes` with one to four small damages.
    mutating func mutate(_ bytes: [UInt8], interesting: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            let place = Int.random(in: 0...result.count, using: &self)
            let byte = interesting.randomElement(using: &self) ?? 0
            switch Int.random(in: 0..<6, using: &self) {
            case 0 where place < result.count:
                result[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1 where place < result.count: result.remove(at: place)
            case 2: result.insert(byte, at: place)
            case 3 where place < result.count: result[place] = byte
            case 4:
                let end = min(result.count, place + Int.random(in: 1...8, using: &self))
                result.insert(contentsOf: Array(result[place..<end]), at: place)
            default: result.removeLast(min(result.count, place / 8))
            }
        }
        return result
    }

    /// Up to three places to cut `count` bytes, in order.
    mutating func cuts(_ count: Int) -> [Int] {
        var cuts: [Int] = []
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            cuts.append(Int.random(in: 0...count, using: &self))
        }
        return cuts.sorted()
    }
}
