// A command's answer, rendered to bytes where it was decided, so that a loop only frames it.

package import Domain

/// A status, the headers that belong to the command, and a body.
package struct RenderedAnswer: Sendable, Equatable {
    /// The HTTP status.
    package var status: Int
    /// `Location` (RFC 9110 §10.2.2).
    package var location: String?
    /// `ETag`, with its quotes (RFC 9110 §8.8.3).
    package var etag: String?
    /// `Retry-After` in seconds (RFC 9110 §10.2.3).
    package var retryAfterSeconds: Int?
    /// `Allow`, the methods of a 405 (RFC 9110 §10.2.1).
    package var allow: String?
    /// `Link`, the next page of a collection (RFC 8288).
    package var link: String?
    /// Whether the body is `application/problem+json` (RFC 9457).
    package var isProblem: Bool
    /// A refusal's stable code.
    package var code: String?
    /// The body; may be empty.
    package var body: [UInt8]
    /// Whether it was given before under the same key: header `Idempotent-Replayed: true`.
    package var isReplay: Bool
    /// What tokens are to be made of: the loop has the keys, and writes the body.
    package var grant: SessionGrant?
    /// `Set-Cookie`, a line each (RFC 6265 §4.1).
    package var cookies: [String] = []

    /// An answer.
    package init(
        status: Int, location: String? = nil, etag: String? = nil,
        retryAfterSeconds: Int? = nil, isProblem: Bool = false, code: String? = nil,
        body: [UInt8] = [], isReplay: Bool = false
    ) {
        self.status = status
        self.location = location
        self.etag = etag
        self.retryAfterSeconds = retryAfterSeconds
        self.isProblem = isProblem
        self.code = code
        self.body = body
        self.isReplay = isReplay
    }
}
