// Tokens as they are sent, and what connections sent last: most send the same header with each
// request, so that it is read and hashed once.

import TLS
import Wire

/// A token as it was sent, and its name in the verified cache.
struct BearerToken {
    let text: String
    let key: TokenDigest
    let kind: Kind

    /// How it was sent.
    enum Kind {
        case plain, cookie
        /// It stands for a token, once.
        case ticket
    }

    init(text: String, by hasher: SHA256Hasher, kind: Kind = .plain) {
        self.text = text
        self.kind = kind
        key = TokenDigest(hasher.hash(text))
    }

    /// The token of `Authorization: Bearer`; nil for any other kind.
    ///
    /// Any number of spaces may stand between them (RFC 9110 §11.4).
    static func text(_ header: String) -> String? {
        var header = header
        return header.withUTF8 { bytes in
            let (kind, space) = (StaticString("bearer"), UInt8(ascii: " "))
            var start = kind.utf8CodeUnitCount
            guard bytes.count > start, unsafe bytes[start] == space else { return nil }
            for place in 0..<start
            where unsafe bytes[place] | 0x20 != kind.utf8Start[place] { return nil }
            while start < bytes.count, unsafe bytes[start] == space { start += 1 }
            guard start < bytes.count else { return nil }
            return unsafe String(
                decoding: UnsafeBufferPointer(rebasing: bytes[start...]), as: UTF8.self)
        }
    }
}

/// What connections sent last as `Authorization`.
///
/// Connections share places, so that it is bounded whatever comes; a header is known again only as
/// a whole, so a place that was taken by another costs a hash and tells nothing.
struct RecentBearers {
    private var places = [(header: String, bearer: BearerToken)?](
        repeating: nil, count: RecentBearers.count)

    static let count = 256
    /// Longer headers are hashed each time, or strangers would fill the memory.
    static let headerBytesMax = 2_048

    /// The token of a header, as `BearerToken.text` reads it, that came on a connection.
    mutating func bearer(
        of header: String, on slot: Int, by hasher: SHA256Hasher
    ) -> BearerToken? {
        let place = slot % RecentBearers.count
        if let known = places[place], known.header == header { return known.bearer }
        guard let text = BearerToken.text(header) else { return nil }
        let bearer = BearerToken(text: text, by: hasher)
        if header.utf8.count <= RecentBearers.headerBytesMax {
            places[place] = (header, bearer)
        }
        return bearer
    }
}
