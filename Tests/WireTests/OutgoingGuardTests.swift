// Where the hub may not be led to, in every way in which it has been tried elsewhere.

import Support
import Testing
import Wire

@Suite struct `Outgoing requests` {
    @Test(arguments: [
        // This machine.
        "127.0.0.1", "127.1.2.3", "127.255.255.255", "0.0.0.0", "0.1.2.3", "::1", "::",
        // What is behind it.
        "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "192.168.255.255", "fc00::1", "fd12:3456:789a::1", "fdff:ffff::1", "fec0::1",
        // The cloud's metadata: AWS, GCP, Azure; Alibaba; Azure's wire server; AWS by IPv6.
        "169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "168.63.129.16",
        "fd00:ec2::254", "fe80::1", "fe80::a9fe:a9fe", "febf::1",
        // Carriers, protocols, documentation, benchmarks.
        "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.7",
        "198.18.0.1", "198.19.255.255", "192.88.99.1", "2001:db8::1", "3fff::1",
        // Many, all, and nobody yet.
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "ff0e::1",
        // One address inside another.
        "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
        "::ffff:0:0", "::127.0.0.1", "::7f00:1", "::a9fe:a9fe", "::8.8.8.8",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::8.8.8.8", "64:ff9b:1::10.0.0.1",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0a00:0001::1", "2001::1",
        "2001:0:7f00:1::1", "2001:10::1", "2001:20::1", "2001:2::1",
        // Ranges of which nothing is given out.
        "100::1", "200::1", "1::", "4000::1", "5f00::1", "8000::1", "e000::1", "fe00::1",
    ])
    func `what is not public is not spoken to`(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!OutgoingGuard().allows(address))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255",
        "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "168.63.129.15", "::ffff:8.8.8.8",
        "2606:4700:4700::1111", "2001:4860:4860::8888", "2001:200::1", "2003::1", "2a00::1",
        "3ffe::1",
    ])
    func `what is public is spoken to`(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(OutgoingGuard().allows(address))
    }

    @Test func `a network that is allowed is spoken to, its neighbours are not`() throws {
        let outgoing = OutgoingGuard(allowing: [
            try IPNetwork("127.0.0.0/8"), try IPNetwork("10.1.0.0/16"), try IPNetwork("fd12::/16"),
        ])
        func allows(_ text: String) -> Bool? { IPAddress(text).map { outgoing.allows($0) } }
        for text in ["127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "8.8.8.8"] {
            #expect(allows(text) == true, "\(text)")
        }
        for text in ["10.0.255.255", "10.2.0.0", "::1", "fd13::1", "169.254.169.254"] {
            #expect(allows(text) == false, "\(text)")
        }
    }

    @Test func `every address has the same answer as the networks of the registry say`() throws {
        var random = TestSeed.random("outgoing addresses")
        let special = try [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            "168.63.129.16/32",
        ].map { try IPNetwork($0) }
        for _ in 0..<20_000 {
            let address = IPAddress(ipv4: UInt32.random(in: 0...UInt32.max, using: &random))
            let isSpecial = special.contains { $0.contains(address) }
            #expect(OutgoingGuard().allows(address) != isSpecial, "\(address)")
        }
    }

    @Test(arguments: [
        "https://idp.example.test", "https://idp.example.test/keys", "https://a.b:8443/x?y=z&w=%41",
        "https://192.0.2.1/", "https://[2001:db8::1]:444/keys", "http://127.0.0.1:9/keys",
        "http://127.8.8.8", "http://[::1]:80/", "https://xn--bcher-kva.test/keys",
    ])
    func `a plain URL is taken as it is`(text: String) throws {
        #expect(try OutgoingURL(text).text == text)
    }

    @Test func `a query stays out of logs`() throws {
        let url = try OutgoingURL("https://idp.test/keys?api_key=secret")
        #expect(url.textWithoutQuery == "https://idp.test/keys")
        #expect(try OutgoingURL("https://idp.test").textWithoutQuery == "https://idp.test")
    }

    @Test(arguments: [
        "", "idp.test/keys", "//idp.test", "/keys", "ftp://idp.test", "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1:11211/", "HTTPS://idp.test",
        "javascript:alert(1)", "https:idp.test", "https:/idp.test", "https:///keys", "https://",
        "https://:443/", "https://?x", "https://a@idp.test", "https://a:b@idp.test/keys",
        "https://idp.test@127.0.0.1/", "https://idp.test#@127.0.0.1/", "https://idp.test/#keys",
        "https://idp.test\\@127.0.0.1/", "https://idp.test\\.evil.test/", "https://idp.test:/",
        "https://idp.test:99999/", "https://idp.test:8a/", "https://idp.test:80:80/",
        "https://[::1/", "https://::1/", "https://[]/", "https://[fe80::1%25eth0]/",
        "https://idp test/", "https://idp.test/a b", " https://idp.test", "https://idp.test\n",
        "https://idp.test/\r\nHost: x", "https://idp.test/\u{0}", "https://idp.test/ü",
        "https://ıdp.test/", "https://idp.test/{a}", "https://idp.test/`id`",
        "https://idp%2etest/", "https://127.0.0.1%2f@idp.test/",
        "http://idp.test/keys", "http://localhost/keys", "http://0.0.0.0/", "http://10.0.0.1/",
        "http://169.254.169.254/latest/", "http://[::ffff:10.0.0.1]/", "http://127.1/",
        "http://2130706433/", "http://0x7f.0.0.1/", "http://017700000001/",
        "http://127.0.0.1.nip.test/", "http://127.0.0.1@10.0.0.1/",
        "https://idp.test/" + String(repeating: "a", count: 2_048),
    ])
    func `what two programs could read as two URLs, or would send in the clear, is none`(
        text: String
    ) {
        #expect(throws: OutgoingURL.Fault.self) { _ = try OutgoingURL(text) }
    }
}
