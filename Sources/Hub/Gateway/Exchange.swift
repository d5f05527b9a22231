// A request that was read and waits for its answer. Requests of one connection are answered in
// order; commands may wait together, for the committer keeps their order too.

import Domain
import EventLog
import Wire

/// One request on its way.
struct Exchange {
    let sequence: UInt32
    let route: Route
    let method: HTTPMethod
    let traceparent: String
    /// When its last byte came, in monotonic nanoseconds.
    let startedNanoseconds: Int64
    var keepAlive: Bool
    /// `Prefer: return=minimal` (RFC 7240 §4.2).
    let wantsMinimal: Bool
    /// `If-None-Match` as it was sent (RFC 9110 §13.1.2).
    let ifNoneMatch: String?
    /// The origin to answer cross-origin requests for; nil when there is none or it is not ours.
    let origin: String?
    /// What the rate limit said.
    let rate: RateVerdict?
    /// Whom the request comes from; all zeros where nobody asks.
    var client = IPAddress(high: 0, low: 0)
    /// The cookies that what it is given goes into; nil: it goes into the body.
    var cookies: SessionCookies?
    /// Who reads; empty for what everybody sees alike.
    var reader = ""
    /// What the reader sees of it.
    var visibility = VisibilityClass.full
    /// The reader, if they see only what is theirs; nil for all.
    var limited: Principal?
    /// A collection's path and query, for the link to its next page; nil for anything else.
    var collection: String?
    /// The finished response; nil while it is awaited.
    var response: [UInt8]?

    var isCommand: Bool { route.isCommand }
}

/// A body on its way in: the head is kept, for the gates look at it when the body is there.
final class IncomingBody {
    let request: HTTPRequest
    /// The bytes of the head.
    let head: [UInt8]
    var bytes: [UInt8] = []
    var chunks: ChunkedDecoder?

    init(request: HTTPRequest, head: [UInt8], chunks: ChunkedDecoder?) {
        self.request = request
        self.head = head
        self.chunks = chunks
    }
}
