// What answers tell browsers about themselves: for data, and for the dashboard's pages.

import Testing
import Wire

@testable import Gateway

@Suite struct `Headers of security` {
    private func policy(_ headers: [HTTPHeader]) -> [String: [String]] {
        let text = headers.first { $0.name == "Content-Security-Policy" }?.value ?? ""
        var policy: [String: [String]] = [:]
        for directive in text.split(separator: ";") {
            let words = directive.split(separator: " ").map(String.init)
            policy[words[0]] = Array(words.dropFirst())
        }
        return policy
    }

    @Test func `a page may load nothing from elsewhere and stand in no frame`() {
        let page = policy(SecurityHeaders.page)
        #expect(page["default-src"] == ["'none'"])
        #expect(page["base-uri"] == ["'none'"] && page["frame-ancestors"] == ["'none'"])
        #expect(page.values.joined().allSatisfy { $0 == "'self'" || $0 == "'none'" })
        #expect(page["script-src"] == ["'self'"] && page["connect-src"] == ["'self'"])
    }

    @Test func `an answer is data, whoever opens it`() {
        let answer = policy(SecurityHeaders.answer)
        #expect(answer == ["default-src": ["'none'"], "frame-ancestors": ["'none'"]])
    }

    @Test(arguments: [
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ])
    func `both say it once`(name: String, value: String) {
        for headers in [SecurityHeaders.answer, SecurityHeaders.page] {
            #expect(headers.filter { $0.name == name }.map(\.value) == [value])
        }
    }

    @Test func `no window of another site reaches a page`() {
        let names = SecurityHeaders.page.map { "\($0.name): \($0.value)" }
        #expect(names.contains("Cross-Origin-Opener-Policy: same-origin"))
        #expect(names.contains("Cross-Origin-Embedder-Policy: require-corp"))
    }
}
