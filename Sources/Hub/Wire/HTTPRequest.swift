// A request's head, as ranges of the bytes it was read from. Nothing is copied: the caller keeps
// the bytes where they are for as long as it asks for header fields.

/// How the end of a body is found.
package enum HTTPBodyFraming: Sendable, Equatable {
    /// There is no body.
    case none
    /// The body has this many bytes; never 0.
    case length(Int)
    /// The body is chunked.
    case chunked
}

/// One header field line, as ranges of the head.
///
/// Heads are below 64 KiB.
struct HTTPField: Sendable, Equatable {
    var nameStart: UInt16
    var nameEnd: UInt16
    var valueStart: UInt16
    var valueEnd: UInt16
}

/// A parsed head; its ranges index the bytes that were parsed.
package struct HTTPRequest: Sendable, Equatable {
    /// The method.
    package internal(set) var method = HTTPMethod.other
    /// The text of the method.
    package internal(set) var methodRange = 0..<0
    /// The digit after `HTTP/1.`.
    package internal(set) var minorVersion = 1
    /// The path, still percent-encoded; `/` when an absolute target has none, `*` for a server-wide
    /// OPTIONS.
    package internal(set) var pathRange = 0..<0
    /// What follows the `?`; empty if nothing does.
    package internal(set) var queryRange = 0..<0
    /// The host and port asked for: the authority of an absolute target, else the Host header
    /// field; empty in HTTP/1.0 without one.
    package internal(set) var hostRange = 0..<0
    /// The count of bytes of the head, its blank line included.
    ///
    /// The body begins here.
    package internal(set) var headLength = 0
    /// How the end of the body is found.
    package internal(set) var body = HTTPBodyFraming.none
    /// The connection may serve another request afterwards.
    package internal(set) var keepAlive = true
    /// The client waits for `100 Continue` before it sends the body.
    package internal(set) var expectsContinue = false
    /// The Connection header field names `upgrade`.
    package internal(set) var asksForUpgrade = false
    /// The header fields in their order.
    var fields: [HTTPField] = []

    /// The count of header field lines.
    package var headerCount: Int { fields.count }

    /// The name of a header field line, as it was written.
    package func headerName(at index: Int) -> Range<Int> {
        Int(fields[index].nameStart)..<Int(fields[index].nameEnd)
    }

    /// The value of a header field line, without the white space around it.
    package func headerValue(at index: Int) -> Range<Int> {
        Int(fields[index].valueStart)..<Int(fields[index].valueEnd)
    }

    /// The value of the first header field called `name` in any case; nil if there is none.
    package func header(_ name: StaticString, in bytes: borrowing Span<UInt8>) -> Range<Int>? {
        header(name, in: bytes, from: 0).map { headerValue(at: $0) }
    }

    /// The count of header field lines called `name` in any case.
    package func count(of name: StaticString, in bytes: borrowing Span<UInt8>) -> Int {
        var count = 0
        var index = 0
        while let found = header(name, in: bytes, from: index) {
            count += 1
            index = found + 1
        }
        return count
    }

    /// The line of the first header field called `name` at or after line `start`.
    package func header(
        _ name: StaticString, in bytes: borrowing Span<UInt8>, from start: Int
    ) -> Int? {
        var index = start
        while index < fields.count {
            let field = fields[index]
            if Int(field.nameEnd &- field.nameStart) == name.utf8CodeUnitCount,
                ASCII.isEqual(bytes, at: Int(field.nameStart), to: name)
            {
                return index
            }
            index += 1
        }
        return nil
    }

    /// The text of `range`; bytes that are not UTF-8 become U+FFFD.
    package func text(_ range: Range<Int>, in bytes: borrowing Span<UInt8>) -> String {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe String(decoding: buffer[range], as: UTF8.self)
        }
    }
}
