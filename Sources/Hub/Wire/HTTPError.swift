// Why a request cannot be read. Framing is strict (RFC 9112 §11.2): where two readers could differ
// on where a request ends, the request is refused, and the connection with it.

/// A request that cannot be read; after it the connection must be closed.
package enum HTTPError: Error, Sendable, Equatable, CaseIterable {
    case badRequestLine, badHeader, badFraming, missingHost, badHost, bareCarriageReturn
    case obsoleteFold, uriTooLong, headersTooLarge, bodyTooLarge, notImplemented
    case versionNotSupported, badChunk, expectationFailed

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .badRequestLine, .badHeader, .badFraming, .missingHost, .badHost,
            .bareCarriageReturn, .obsoleteFold, .badChunk:
            400
        case .bodyTooLarge: 413
        case .uriTooLong: 414
        case .expectationFailed: 417
        case .headersTooLarge: 431
        case .notImplemented: 501
        case .versionNotSupported: 505
        }
    }

    /// The stable code of the problem.
    package var code: String {
        switch self {
        case .badRequestLine: "bad_request_line"
        case .badHeader: "bad_header"
        case .badFraming: "bad_framing"
        case .missingHost: "missing_host"
        case .badHost: "bad_host"
        case .bareCarriageReturn: "bare_carriage_return"
        case .obsoleteFold: "obsolete_fold"
        case .uriTooLong: "uri_too_long"
        case .headersTooLarge: "headers_too_large"
        case .bodyTooLarge: "body_too_large"
        case .notImplemented: "not_implemented"
        case .versionNotSupported: "version_not_supported"
        case .badChunk: "bad_chunk"
        case .expectationFailed: "expectation_failed"
        }
    }

    /// A sentence for people.
    package var detail: String {
        switch self {
        case .badRequestLine: "The request line is not method, target and version."
        case .badHeader: "A header field has a malformed name or a forbidden byte."
        case .badFraming: "The length of the body is stated twice, wrongly or ambiguously."
        case .missingHost: "An HTTP/1.1 request needs a Host header field."
        case .badHost: "The Host header field is malformed or repeated."
        case .bareCarriageReturn: "A carriage return is not followed by a line feed."
        case .obsoleteFold: "A header field continues on a second line."
        case .uriTooLong: "The request target is longer than this server reads."
        case .headersTooLarge: "The header fields are more than this server reads."
        case .bodyTooLarge: "The body is larger than this server takes."
        case .notImplemented: "The transfer coding or method is not implemented."
        case .versionNotSupported: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
        case .badChunk: "The chunked body is malformed."
        case .expectationFailed: "The only expectation met here is 100-continue."
        }
    }
}
