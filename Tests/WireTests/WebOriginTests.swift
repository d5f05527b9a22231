// Origins are compared as browsers do: by scheme, host and port.

import Testing
import Wire

@Suite struct `Origins of pages` {
    @Test(arguments: [
        ("https://hub.test", "https://hub.test/"), ("HTTPS://Hub.Test", "https://hub.test"),
        ("https://hub.test:443", "https://hub.test"), ("http://hub.test:80", "http://hub.test"),
    ])
    func `the same place is the same origin however it is written`(one: String, other: String) {
        #expect(WebOrigin(one) != nil && WebOrigin(one) == WebOrigin(other))
    }

    @Test(arguments: [
        ("https://hub.test", "http://hub.test"), ("https://hub.test", "https://a.hub.test"),
        ("https://hub.test", "https://hub.test:8443"), ("https://hub.test:80", "https://hub.test"),
        ("http://hub.test:443", "https://hub.test"),
    ])
    func `another scheme, host or port is another origin`(one: String, other: String) {
        #expect(WebOrigin(one) != WebOrigin(other))
    }

    @Test(arguments: [
        "", "null", "hub.test", "https:/hub.test", "https://", "https:///", "ftp://hub.test",
        "https://hub.test/x", "https://hub.test//", "file:///", "https://a b",
        "https://user@hub.test", "https://hub.test?x", "https://hub.test#x",
        "https://h\u{FC}b.test",
    ])
    func `what is no origin of http is none`(text: String) {
        #expect(WebOrigin(text) == nil)
    }
}
