// Attacks on a body in chunks (RFC 9112 §7.1): sizes, line ends, extensions and trailers that
// another reader may understand otherwise, or that never end.

extension Attack {
    /// Chunks that are not to the letter.
    static let chunks: [Attack] = [
        broken("a size that is no number", "g\r\na\r\n0\r\n\r\n"),
        broken("no size", "\r\na\r\n0\r\n\r\n"),
        broken("a negative size", "-1\r\na\r\n0\r\n\r\n"),
        broken("a size with a plus", "+1\r\na\r\n0\r\n\r\n"),
        broken("a size with 0x", "0x1\r\na\r\n0\r\n\r\n"),
        broken("a size with an underscore", "1_0\r\na\r\n0\r\n\r\n"),
        broken("a space before a size", " 1\r\na\r\n0\r\n\r\n"),
        broken("a space behind a size", "1 \r\na\r\n0\r\n\r\n"),
        broken("a tab behind a size", "1\t\r\na\r\n0\r\n\r\n"),
        broken("a NUL behind a size", "1\u{0}\r\na\r\n0\r\n\r\n"),
        broken("a size of seventeen digits", "00000000000000001\r\na\r\n0\r\n\r\n"),
        broken("a size that ends in a bare line feed", "1\na\r\n0\r\n\r\n"),
        broken("a size that ends in a bare carriage return", "1\ra\r\n0\r\n\r\n"),
        broken("more than the size says", "1\r\nab\r\n0\r\n\r\n"),
        broken("data that ends in a bare line feed", "1\r\na\n0\r\n\r\n"),
        broken("data that ends in a bare carriage return", "1\r\na\r0\r\n\r\n"),
        broken("data that ends in nothing", "1\r\na0\r\n\r\n"),
        broken("an end of line that is two other bytes", "1\r\naXX0\r\n\r\n"),
        broken("a last chunk that ends in a bare line feed", "0\n\r\n"),
        broken("an end that is a bare line feed", "0\r\n\n"),
        broken("an end that is a bare carriage return", "0\r\n\rX"),
        broken("an extension with a bare line feed", "1;a\nb\r\na\r\n0\r\n\r\n"),
        broken("an extension with a bare carriage return", "1;a\rb\r\na\r\n0\r\n\r\n"),
        broken("an extension with a NUL", "1;a=\u{0}\r\na\r\n0\r\n\r\n"),
        broken("an extension that has a line end in quotes", "1;a=\"\r\n\"\r\na\r\n0\r\n\r\n"),
        broken("an extension without end", "1;" + String(repeating: "x", count: 9000)),
        broken(
            "extensions that together have no end",
            String(repeating: "1;" + String(repeating: "x", count: 99) + "\r\na\r\n", count: 90)),
        Attack(
            "a size beyond 64 bits", Raw.chunked("10000000000000001\r\na"), 413, "body_too_large"),
        Attack(
            "a size of all 64 bits", Raw.chunked("FFFFFFFFFFFFFFFF\r\na"), 413, "body_too_large"),
        Attack(
            "a size that is negative in 64 bits", Raw.chunked("8000000000000000\r\na"), 413,
            "body_too_large"),
        Attack(
            "a size that overflows with what was there before",
            Raw.chunked(Raw.chunk("a") + "7FFFFFFFFFFFFFFF\r\na"), 413, "body_too_large"),
        Attack(
            "chunks that together are too large",
            Raw.chunked(Raw.chunk(String(repeating: "a", count: 40_000)) + "9c40\r\na"), 413,
            "body_too_large"),
        .harmless(
            "an extension that looks like the end of the body",
            Raw.chunked(
                "\(String(Raw.lead.utf8.count, radix: 16));0=\"0\"\r\n" + Raw.lead
                    + "\r\n0;x\r\n\r\n"),
            201, stored: 1),
        .harmless(
            "a size with zeros in front, which all read alike",
            Raw.chunked("000" + Raw.chunk(Raw.lead) + "000\r\n\r\n"), 201, stored: 1),
    ]

    /// What stands behind the last chunk.
    static let trailers: [Attack] = [
        trailer("a trailer that says a length", "Content-Length: 500"),
        trailer("a trailer that says a transfer coding", "Transfer-Encoding: chunked"),
        trailer("a trailer that says another host", "Host: evil.test"),
        trailer("a trailer that says another token", "Authorization: Bearer evil"),
        trailer("a trailer that says another type", "Content-Type: text/plain"),
        trailer("a trailer that ends the connection", "Connection: close"),
        broken("a trailer without a colon", "0\r\nX\r\n\r\n"),
        broken("a trailer without a name", "0\r\n: y\r\n\r\n"),
        broken("a trailer with a space before its colon", "0\r\nX : y\r\n\r\n"),
        broken("a trailer that begins with a space", "0\r\n X: y\r\n\r\n"),
        broken("a trailer that goes on on a second line", "0\r\nX: y\r\n z\r\n\r\n"),
        broken("a trailer that ends in a bare line feed", "0\r\nX: y\n\r\n"),
        broken("a trailer with a NUL", "0\r\nX: \u{0}\r\n\r\n"),
        Attack(
            "trailers without end",
            Raw.chunked("0\r\n" + String(repeating: "X: y\r\n", count: 2000)), 431,
            "headers_too_large"),
    ]

    private static func broken(_ sentence: String, _ chunks: String) -> Attack {
        Attack(sentence, Raw.chunked(chunks), 400, "bad_chunk")
    }

    /// A trailer that is read past: the lead is stored, and the next request is the next one.
    private static func trailer(_ sentence: String, _ line: String) -> Attack {
        .harmless(
            sentence, Raw.chunked(Raw.chunk(Raw.lead) + "0\r\n" + line + "\r\n\r\n"), 201,
            stored: 1)
    }
}
