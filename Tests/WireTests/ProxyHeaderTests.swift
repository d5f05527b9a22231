// The PROXY protocol: the samples of its document, every cut of them, and what is no header.

import Testing
import Wire

@Suite struct `PROXY headers` {
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    /// A header of version 2.
    static func binary(
        command: UInt8 = 0x21, family: UInt8, _ payload: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let count = length ?? payload.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 255)] + payload
    }

    static let ipv4: [UInt8] = [203, 0, 113, 9, 10, 0, 0, 1, 0x12, 0x67, 0x01, 0xBB]
    static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]
        + [UInt8](repeating: 0, count: 15) + [1, 0x12, 0x67, 0x01, 0xBB]
    private static let values: [UInt8] = [0x04, 0, 3, 1, 2, 3, 0x20, 0, 0, 0xEA, 0, 1, 9]

    /// Headers, and the address in each.
    static let samples: [(bytes: [UInt8], source: String?)] = [
        (utf8("PROXY TCP4 203.0.113.9 10.0.0.1 56324 443\r\n"), "203.0.113.9"),
        (utf8("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), "255.255.255.255"),
        (utf8("PROXY TCP6 2001:db8::7 ::1 0 65535\r\n"), "2001:db8::7"),
        (utf8("PROXY UNKNOWN\r\n"), nil), (utf8("PROXY UNKNOWN what ever it is\r\n"), nil),
        (
            utf8(
                "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                    + "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"), nil
        ),
        (binary(family: 0x11, ipv4), "203.0.113.9"), (binary(family: 0x21, ipv6), "2001:db8::7"),
        (binary(family: 0x11, ipv4 + values), "203.0.113.9"),
        (binary(family: 0x21, ipv6 + values), "2001:db8::7"),
        (binary(command: 0x20, family: 0x00, []), nil),
        (binary(command: 0x20, family: 0x11, ipv4 + values), nil),
        (binary(command: 0x20, family: 0xFF, [1, 2, 3]), nil), (binary(family: 0x00, []), nil),
        (binary(family: 0x00, values), nil), (binary(family: 0x12, ipv4), nil),
        (binary(family: 0x31, [UInt8](repeating: 0x2F, count: 216)), nil),
        (binary(family: 0x11, ipv4 + [UInt8](repeating: 0, count: 4068)), "203.0.113.9"),
    ]

    /// What is made of bytes that arrive in pieces.
    private func parse(_ bytes: [UInt8], cuts: [Int] = []) -> ProxyHeader.Outcome {
        for cut in cuts + [bytes.count] {
            let outcome = ProxyHeader.parse(bytes.span.extracting(0..<cut))
            if outcome != .needMore { return outcome }
        }
        return .needMore
    }

    @Test(arguments: samples.indices)
    func `a header is read with its address, and what follows is left`(index: Int) {
        let sample = Self.samples[index]
        let expected = ProxyHeader.Outcome.header(
            ProxyHeader(
                source: sample.source.flatMap { IPAddress($0) }, length: sample.bytes.count))
        #expect(parse(sample.bytes) == expected)
        #expect(parse(sample.bytes + utf8("GET / HTTP/1.1\r\n")) == expected)
        #expect(parse(sample.bytes + [0x0D, 0x0A]) == expected)
    }

    @Test(arguments: samples.indices)
    func `a header cut anywhere is awaited, and read like the whole`(index: Int) {
        let bytes = Self.samples[index].bytes
        let whole = parse(bytes)
        for count in 0..<bytes.count {
            #expect(parse(Array(bytes[..<count])) == .needMore, "after \(count) bytes")
        }
        #expect(parse(bytes, cuts: Array(0..<bytes.count)) == whole)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PROPFIND / HTTP/1.1\r\n", "proxy TCP4 ",
        "PROXY\r\n", "PROXY \r\n", "PROXY  UNKNOWN\r\n", "PROXY unknown\r\n", "PROXY UNKNOWN\n",
        "PROXY UNKNOWN\r\r\n", "PROXY UDP4 1.1.1.1 1.1.1.1 1 1\r\n", "PROXY TCP4\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n", "PROXY TCP4  1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 ::1 ::1 1 1\r\n", "PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP6 ::1 1.1.1.1 1 1\r\n", "PROXY TCP4 01.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 1 \r\n",
        "PROXY TCP4 1.1.1.1\t1.1.1.1 1 1\r\n", "\r\n\r\nGET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}",
    ])
    func `a line that is no header is refused`(line: String) {
        #expect(parse(utf8(line)) == .bad)
    }

    @Test func `a line without an end is refused at its longest`() {
        let line = utf8("PROXY UNKNOWN " + String(repeating: "x", count: 200))
        #expect(parse(Array(line[..<106])) == .needMore)
        #expect(parse(Array(line[..<107])) == .bad)
        // The last byte that there may be is the line feed.
        let longest = Array(line[..<105]) + [0x0D, 0x0A]
        #expect(parse(longest) == .header(ProxyHeader(source: nil, length: 107)))
        #expect(parse(Array(line[..<106]) + [0x0D, 0x0A]) == .bad)
    }

    @Test func `a binary header that can't be is refused as soon as it is seen`() {
        for command: UInt8 in [0x00, 0x01, 0x11, 0x22, 0x2F, 0x31] {
            #expect(parse(Self.signature + [command]) == .bad, "\(command)")
        }
        for family: UInt8 in [0x13, 0x41, 0xF0, 0x0F] {
            #expect(parse(Self.signature + [0x21, family]) == .bad, "\(family)")
        }
        // Shorter than its addresses, longer than anything needs.
        #expect(parse(Self.binary(family: 0x11, [], length: 11)) == .bad)
        #expect(parse(Self.binary(family: 0x21, [], length: 35)) == .bad)
        #expect(parse(Self.binary(family: 0x31, [], length: 215)) == .bad)
        #expect(parse(Self.binary(family: 0x11, [], length: 4081)) == .bad)
        #expect(parse(Self.binary(command: 0x20, family: 0, [], length: 0xFFFF)) == .bad)
        #expect(parse(Self.binary(family: 0x11, [], length: 4080)) == .needMore)
    }

    @Test func `damaged headers mean the same however they arrive`() {
        var generator = SeededGenerator(for: "damaged PROXY headers")
        let interesting = utf8("PROXYTCP46 UNKNOWN.:0159\r\n") + [0x00, 0x20, 0x21, 0x11, 0xFF]
        for _ in 0..<6000 {
            guard let sample = Self.samples.randomElement(using: &generator) else { return }
            let bytes = generator.mutate(
                Array(sample.bytes.prefix(300)), interesting: interesting)
            let whole = parse(bytes)
            let parts = parse(bytes, cuts: generator.cuts(bytes.count))
            #expect(parts == whole, "\(bytes)")
            guard case .header(let header) = whole else { continue }
            #expect(header.length <= min(bytes.count, ProxyHeader.lengthMax))
            // A header is what it is by its own bytes alone.
            #expect(parse(Array(bytes[..<header.length])) == whole)
        }
    }

    @Test func `random bytes trap nothing`() {
        var generator = SeededGenerator(for: "random PROXY headers")
        for _ in 0..<3000 {
            let count = Int.random(in: 0...60, using: &generator)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for start in [[], Self.signature, utf8("PROXY ")] {
                let bytes = start + noise
                #expect(parse(bytes, cuts: generator.cuts(bytes.count)) == parse(bytes))
            }
        }
    }
}
