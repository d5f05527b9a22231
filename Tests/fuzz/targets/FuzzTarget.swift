// The parsers that read what strangers send, each as a function of bytes to what it did wrong.
// A parser may refuse anything; it must not trap, and must make the same of bytes that come in two
// pieces as of the whole. `make fuzz` feeds them what libFuzzer thinks up, the tests a little.

import EventLog
import Gateway
import TLS
import Wire

/// A parser under fuzz.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case http, chunked, webSocket = "websocket", json, token, keys, query, place
    case eventStream = "event-stream"
    case deflate

    /// Whether the first byte says where the rest is cut, as its input comes in pieces.
    package var readsPieces: Bool {
        switch self {
        case .http, .chunked, .webSocket, .eventStream: true
        case .json, .token, .keys, .query, .place, .deflate: false
        }
    }

    /// What the parser does wrong with these bytes; nil when nothing.
    package func fault(_ bytes: [UInt8]) -> String? {
        let rest = Array(bytes.dropFirst())
        let cut = FuzzTarget.cut(rest.count, by: bytes.first ?? 0)
        return switch self {
        case .http: FuzzedHTTP.head(rest, cut: cut)
        case .chunked: FuzzedHTTP.chunks(rest, cut: cut)
        case .webSocket: FuzzedStreams.frames(rest, cut: cut)
        case .eventStream: FuzzedStreams.events(rest, cut: cut)
        case .deflate: FuzzedStreams.inflated(bytes)
        case .json: FuzzedTexts.json(bytes)
        case .token: FuzzedTexts.token(bytes)
        case .keys: FuzzedTexts.keys(bytes)
        case .query: FuzzedTexts.query(bytes)
        case .place: FuzzedTexts.place(bytes)
        }
    }

    /// Somewhere for an even byte, so far from the end for an odd one: there most goes wrong.
    private static func cut(_ count: Int, by byte: UInt8) -> Int {
        let half = Int(byte >> 1)
        return byte & 1 == 0 ? half * count / 127 : max(0, count - half)
    }
}
