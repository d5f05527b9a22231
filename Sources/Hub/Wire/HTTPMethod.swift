// The request methods of RFC 9110 §9 and PATCH (RFC 5789). Methods are case-sensitive; one that is
// not known is `other`, which no route takes.

/// A request method.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, head, post, put, patch, delete, options, connect, trace, query, other

    /// The text of the method; `OTHER` for one that is not known.
    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .query: "QUERY"
        case .other: "OTHER"
        }
    }

    /// The method whose text is `bytes[range]`.
    init(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
        var text: UInt64 = 0
        guard range.count <= 7 else {
            self = .other
            return
        }
        for index in range { text = text << 8 | UInt64(bytes[index]) }
        switch text {
        case 0x47_4554: self = .get
        case 0x4845_4144: self = .head
        case 0x504F_5354: self = .post
        case 0x50_5554: self = .put
        case 0x50_4154_4348: self = .patch
        case 0x4445_4C45_5445: self = .delete
        case 0x4F_5054_494F_4E53: self = .options
        case 0x43_4F4E_4E45_4354: self = .connect
        case 0x54_5241_4345: self = .trace
        case 0x51_5545_5259: self = .query
        default: self = .other
        }
    }
}
