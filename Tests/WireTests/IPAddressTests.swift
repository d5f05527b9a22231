// Addresses and networks, in all the ways in which they are written, and in those that only look
// like one.

import Testing
import Wire

@Suite struct `IP addresses` {
    @Test(
        arguments: [
            ("192.168.0.1", 0, 0xFFFF_C0A8_0001), ("255.255.255.255", 0, 0xFFFF_FFFF_FFFF),
            ("0.0.0.0", 0, 0xFFFF_0000_0000), ("::", 0, 0), ("::1", 0, 1),
            ("1::", 0x0001_0000_0000_0000, 0),
            ("2001:db8::8a2e:370:7334", 0x2001_0DB8_0000_0000, 0x0000_8A2E_0370_7334),
            ("2001:DB8:0:0:0:8a2e:370:7334", 0x2001_0DB8_0000_0000, 0x0000_8A2E_0370_7334),
            ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004, 0x0005_0006_0007_0000),
            ("::2:3:4:5:6:7:8", 0x0000_0002_0003_0004, 0x0005_0006_0007_0008),
            ("::ffff:10.1.2.3", 0, 0xFFFF_0A01_0203),
            ("64:ff9b::10.1.2.3", 0x0064_FF9B_0000_0000, 0x0A01_0203),
            ("1:2:3:4:5:6:10.1.2.3", 0x0001_0002_0003_0004, 0x0005_0006_0A01_0203),
        ] as [(String, UInt64, UInt64)])
    func `an address is read in every form`(text: String, high: UInt64, low: UInt64) {
        #expect(IPAddress(text) == IPAddress(high: high, low: low))
    }

    @Test(arguments: [
        "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1",
        "01.2.3.4", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "0x1.2.3.4", "1.2.3.4:80",
        ":", ":::", "1:", ":1", "1:2", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "12345::", "g::", "::1%lo", "[::1]", "::1.2.3",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4:5", "1.2.3.4::", "::01.2.3.4", "unknown", "_hidden", "１.2.3.4",
    ])
    func `what only looks like one is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        "192.168.0.1", "::", "::1", "1::", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8",
        "0:1:0:1:0:1:0:1", "2001:0:0:1::1", "1:0:2::3:0:0", "::1:ffff:0:1",
    ])
    func `an address is written as RFC 5952 wants it`(text: String) {
        #expect(IPAddress(text).map { "\($0)" } == text)
    }

    @Test func `the first of two equally long runs of zeros is left out, and none of one group`() {
        #expect(IPAddress("1:0:0:2:0:0:3:4").map { "\($0)" } == "1::2:0:0:3:4")
        #expect(IPAddress("1:0:2:3:4:5:6:7").map { "\($0)" } == "1:0:2:3:4:5:6:7")
        #expect(IPAddress("::ffff:a01:203").map { "\($0)" } == "10.1.2.3")
    }

    @Test func `any address is read as it was written`() {
        var generator = SeededGenerator(for: "addresses")
        for _ in 0..<3000 {
            // Zeros are what is left out, so there are many.
            var words: [UInt64] = [0, 0]
            for group in 0..<8 where Bool.random(using: &generator) {
                words[group / 4] |=
                    UInt64.random(in: 0...0xFFFF, using: &generator) << UInt64(group % 4 * 16)
            }
            let address = IPAddress(high: words[0], low: words[1])
            #expect(IPAddress("\(address)") == address, "\(address)")
        }
    }
}

@Suite struct `IP networks` {
    private func contains(_ network: String, _ address: String) throws -> Bool {
        let network = try IPNetwork(network)
        return network.contains(try #require(IPAddress(address)))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "203.0.113.9", true), ("10.0.0.0/31", "10.0.0.1", true),
        ("10.0.0.0/31", "10.0.0.2", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("::1", "::1", true),
        ("::1/128", "::2", false), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
    ])
    func `a network has the addresses that begin as it does`(
        network: String, address: String, isIn: Bool
    ) throws {
        #expect(try contains(network, address) == isIn)
    }

    @Test(arguments: [
        ("", "no address"), ("proxy.test", "no address"), ("10.0.0.0/8/8", "no address"),
        ("10.0.0.0/", "prefix of 0 to 32"), ("10.0.0.0/33", "prefix of 0 to 32"),
        ("10.0.0.0/-1", "prefix of 0 to 32"), ("10.0.0.0/+8", "prefix of 0 to 32"),
        ("::/129", "prefix of 0 to 128"), ("10.0.0.1/8", "behind its prefix of 8"),
        ("2001:db8::1/32", "behind its prefix of 32"), ("10.0.0.1/0", "behind its prefix of 0"),
    ])
    func `what is none says why`(text: String, reason: String) {
        do {
            _ = try IPNetwork(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.reason.contains(reason), "\(text): \(error.reason)")
        }
    }
}
