// Attacks on where a request ends (RFC 9112 §6, §7, §11.2): the length of its body said twice,
// wrongly or so that two readers understand it differently, and broken chunks.

extension Attack {
    /// Bodies whose length is in doubt.
    static let lengths: [Attack] = [
        framed("a length before a transfer coding", "Content-Length: 5", chunked),
        framed("a transfer coding before a length", chunked, "Content-Length: 5"),
        framed("a length of nothing beside a transfer coding", "Content-Length: 0", chunked),
        framed("a broken length beside a transfer coding", chunked, "Content-Length: x"),
        framed("two lengths that differ", "Content-Length: 5", "Content-Length: 0"),
        framed("two lengths that agree", "Content-Length: 5", "content-length: 5"),
        framed("a list of lengths that agree", "Content-Length: 5, 5"),
        framed("a list of lengths that differ", "Content-Length: 0, 5"),
        framed("an empty length", "Content-Length:"),
        framed("a negative length", "Content-Length: -5"),
        framed("a length with a plus", "Content-Length: +5"),
        framed("a length in hexadecimal", "Content-Length: 0x5"),
        framed("a length with an exponent", "Content-Length: 5e0"),
        framed("a length with a fraction", "Content-Length: 5.0"),
        framed("a length with a space inside", "Content-Length: 0 5"),
        framed("a length with a tab inside", "Content-Length: 0\t5"),
        framed("a length with a parameter", "Content-Length: 5;q=1"),
        framed("a length in quotes", "Content-Length: \"5\""),
        framed("a length with an underscore", "Content-Length: 0_5"),
        framed("a length in digits of another script", "Content-Length: \u{EF}\u{BC}\u{95}"),
        framed("a length behind a space that is none in ASCII", "Content-Length: \u{A0}5"),
        Attack(
            "a length behind a vertical tab", Raw.post("Content-Length: \u{B}5", body: "0\r\n\r\n"),
            400, "bad_header"),
        Attack(
            "a length behind a NUL", Raw.post("Content-Length: \u{0}5", body: "0\r\n\r\n"), 400,
            "bad_header"),
        tooLarge("a length beyond 64 bits by five", "18446744073709551621"),
        tooLarge("a length beyond 32 bits by five", "4294967301"),
        tooLarge("a length that is negative in 64 bits", "9223372036854775808"),
        tooLarge("a length of four hundred digits", String(repeating: "9", count: 400)),
        .harmless(
            "a length with zeros in front, which all read alike",
            Raw.post("Content-Length: 000\(Raw.lead.utf8.count)", body: Raw.lead), 201, stored: 1),
        .harmless(
            "a length between tabs, which are white space",
            Raw.post("Content-Length:\t\(Raw.lead.utf8.count)\t", body: Raw.lead), 201, stored: 1),
        Attack(
            "a length under a name with an underscore is none, and its body no request",
            Raw.post("Content_Length: 38", body: Raw.lead),
            answers: [
                Answer(status: 400, code: "bad_json"),
                Answer(status: 400, code: "bad_request_line"),
            ], .closes),
        Attack(
            "a length under a name that ends in a space", Raw.post("Content-Length : 5"), 400,
            "bad_header"),
        Attack(
            "a length on a folded line", Raw.post("X: y", " Content-Length: 5", body: "12345"), 400,
            "obsolete_fold"),
    ]

    /// Transfer codings that another reader may take for none, or for another.
    static let codings: [Attack] = [
        framed("a transfer coding of nothing", "Transfer-Encoding:"),
        framed("identity", "Transfer-Encoding: identity"),
        framed("gzip alone, whose end nobody can see", "Transfer-Encoding: gzip"),
        framed("chunked and then identity", "Transfer-Encoding: chunked, identity"),
        framed("chunked and then gzip", "Transfer-Encoding: chunked, gzip"),
        framed("chunked twice in a line", "Transfer-Encoding: chunked, chunked"),
        framed("chunked on two lines", chunked, chunked),
        framed("identity, and chunked on a second line", "Transfer-Encoding: identity", chunked),
        framed("chunked, and identity on a second line", chunked, "Transfer-Encoding: identity"),
        framed("a word that ends in chunked", "Transfer-Encoding: xchunked"),
        framed("a word that begins with chunked", "Transfer-Encoding: chunkedx"),
        framed("chunked in quotes", "Transfer-Encoding: \"chunked\""),
        framed("chunked with a parameter", "Transfer-Encoding: chunked;q=1"),
        framed("chunked behind an empty item", "Transfer-Encoding: ,chunked"),
        framed("chunked before an empty item", "Transfer-Encoding: chunked,"),
        framed("two words without a comma", "Transfer-Encoding: chunked chunked"),
        framed("chunked behind a space that is none in ASCII", "Transfer-Encoding: \u{A0}chunked"),
        framed("chunked between other letters", "Transfer-Encoding: \u{FF}chunked\u{FF}"),
        Attack(
            "gzip before chunked, which is not implemented",
            Raw.post("Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n"), 501,
            "not_implemented"),
        Attack(
            "identity before chunked",
            Raw.post("Transfer-Encoding: identity, chunked", body: "0\r\n\r\n"), 501,
            "not_implemented"),
        Attack(
            "chunked before a vertical tab",
            Raw.post("Transfer-Encoding: chunked\u{B}", body: "0\r\n\r\n"), 400, "bad_header"),
        Attack(
            "chunked behind a NUL", Raw.post("Transfer-Encoding: \u{0}chunked"), 400, "bad_header"),
        Attack(
            "chunked under a name that ends in a space", Raw.post("Transfer-Encoding : chunked"),
            400, "bad_header"),
        Attack(
            "chunked under a name that begins with a space",
            Raw.post("X: y", " Transfer-Encoding: chunked"), 400, "obsolete_fold"),
        Attack(
            "chunked on the folded half of a line",
            Raw.post("Transfer-Encoding:", "\tchunked", body: "0\r\n\r\n"), 400, "obsolete_fold"),
        Attack(
            "chunked behind a bare carriage return", Raw.post("X: y\rTransfer-Encoding: chunked"),
            400, "bare_carriage_return"),
        Attack(
            "chunked behind a bare line feed", Raw.post("X: y\nTransfer-Encoding: chunked"), 400,
            "bad_header"),
        Attack(
            "chunked in HTTP/1.0",
            Raw.request("POST /crm/leads HTTP/1.0", ["Transfer-Encoding: chunked"]) + "0\r\n\r\n",
            400, "bad_framing"),
        Attack(
            "a length and chunked in HTTP/1.0",
            Raw.request(
                "POST /crm/leads HTTP/1.0", ["Content-Length: 5", "Transfer-Encoding: chunked"]),
            400, "bad_framing"),
        .harmless(
            "chunked in other case, which is chunked",
            Raw.post("transfer-ENCODING: cHuNkEd", body: Raw.chunk(Raw.lead) + "0\r\n\r\n"), 201,
            stored: 1),
        .harmless(
            "chunked between tabs, which are white space",
            Raw.post("Transfer-Encoding:\tchunked\t", body: Raw.chunk(Raw.lead) + "0\r\n\r\n"), 201,
            stored: 1),
    ]

    private static let chunked = "Transfer-Encoding: chunked"

    /// A `POST` with these fields, and a body that ends at once for whoever reads chunks.
    private static func framed(_ sentence: String, _ fields: String...) -> Attack {
        Attack(
            sentence,
            Raw.request("POST /crm/leads HTTP/1.1", ["Content-Type: application/json"] + fields)
                + "0\r\n\r\n", 400, "bad_framing")
    }

    private static func tooLarge(_ sentence: String, _ length: String) -> Attack {
        Attack(
            sentence, Raw.post("Content-Length: " + length, body: "12345"), 413, "body_too_large")
    }
}
