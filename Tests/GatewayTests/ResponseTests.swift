// Headers of answers, and conditions of readers.

import Domain
import Store
import Testing
import Wire

@testable import Gateway

@Suite struct `Headers of answers` {
    private func headers(_ answer: RenderedAnswer) -> [String] {
        var headers: [HTTPHeader] = []
        ResponseHeaders.append(answer, to: &headers)
        return headers.map { "\($0.name): \($0.value)" }
    }

    private func exchange(origin: String? = nil) -> Exchange {
        Exchange(
            sequence: 0, route: .listLeads, method: .get, traceparent: "", startedNanoseconds: 0,
            keepAlive: true, wantsMinimal: false, ifNoneMatch: nil, origin: origin, rate: nil,
            response: nil)
    }

    @Test func `an answer says where, which version, when again, and whether again`() {
        #expect(headers(RenderedAnswer(status: 200)).isEmpty)
        #expect(
            headers(
                RenderedAnswer(
                    status: 201, location: "/crm/leads/1", etag: "\"1\"", retryAfterSeconds: 3,
                    isReplay: true)) == [
                    "Location: /crm/leads/1", "ETag: \"1\"", "Retry-After: 3",
                    "Idempotent-Replayed: true",
                ])
    }

    @Test
    func `an answer without authority names the scheme, and the error only if there was a token`() {
        let missing = headers(RenderedAnswer(.unauthenticated(reason: .missing), traceID: "t"))
        #expect(missing == ["WWW-Authenticate: Bearer realm=\"unified-core\""])
        for fault in [TokenFault.expired, .signature, .malformed] {
            let bad = headers(RenderedAnswer(.unauthenticated(reason: fault), traceID: "t"))
            #expect(
                bad == ["WWW-Authenticate: Bearer realm=\"unified-core\", error=\"invalid_token\""])
        }
    }

    @Test func `an answer that wants an upgrade names it, and Connection names the field`() {
        let upgrade = Refusal.badHTTP(status: 426, code: "upgrade_required", detail: "d")
        #expect(
            headers(RenderedAnswer(upgrade, traceID: "t")) == [
                "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            ])
    }

    @Test func `an answer to a body in a coding says that none is taken`() {
        let coded = RenderedAnswer(.unsupportedContentEncoding, traceID: "t")
        #expect(headers(coded) == ["Accept-Encoding: identity"])
        #expect(
            headers(RenderedAnswer(.unsupportedMediaType(expected: "x"), traceID: "t")).isEmpty)
    }

    @Test func `a link to the next page holds nothing that would end it`() throws {
        let asked = try request(#"GET /crm/leads?owner=>;rel="x",<a>&cursor=1&limit=2&"#)
        let link = NextPage.link(NextPage.collection(asked), cursor: "7")
        #expect(
            link
                == "</crm/leads?owner=%3E;rel=%22x%22,%3Ca%3E&limit=2&cursor=7>; rel=\"next\"")
        let plain = try request("GET /crm/leads?owner=a%20b'+c&sort=-created_at")
        #expect(NextPage.collection(plain) == "/crm/leads?owner=a%20b'+c&sort=-created_at&")
    }

    @Test func `the rate limit is told as the draft writes it`() throws {
        let policies = RatePolicies(default: RateLimit(quota: 100, windowSeconds: 60))
        let limiter = RateLimiter(policies, byteCountMax: 65_536)
        let rate = limiter.admit(.principal("a"), atMilliseconds: 0)
        #expect(
            try told(limiter, rate) == [
                "RateLimit-Policy: \"default\";q=100;w=60", "RateLimit: \"default\";r=99;t=60",
            ])
    }

    @Test func `of two limits both policies are told, and the stricter's state`() throws {
        let pattern = try #require(RoutePattern("POST /auth/*"))
        let policies = RatePolicies(
            default: RateLimit(quota: 100, windowSeconds: 60),
            routes: [pattern: RateLimit(quota: 2, windowSeconds: 30)])
        let limiter = RateLimiter(policies, byteCountMax: 65_536)
        let rate = limiter.admit(
            .principal("a"), route: policies.route(method: "POST", path: "/auth/login"),
            atMilliseconds: 0)
        #expect(
            try told(limiter, rate) == [
                "RateLimit-Policy: \"default\";q=100;w=60, \"POST /auth/*\";q=2;w=30",
                "RateLimit: \"POST /auth/*\";r=1;t=30",
            ])
    }

    /// The lines that tell of the limits.
    private func told(_ limiter: RateLimiter, _ rate: RateVerdict?) throws -> [String] {
        var bytes: [UInt8] = []
        limiter.fields.append(try #require(rate), to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("\r\n"))
        return text.split(separator: "\r\n").map(String.init)
    }

    @Test func `only a known origin is let in, by its name`() {
        let names = ResponseHeaders.common(exchange(origin: "https://a.test"))
        #expect(
            names.contains {
                $0.name == "Access-Control-Allow-Origin" && $0.value == "https://a.test"
            })
        #expect(names.contains { $0.name == "Vary" && $0.value == "Origin" })
        #expect(!names.contains { $0.value == "*" })
    }

    @Test(arguments: [
        ("\"1\"", true), ("W/\"1\"", true), ("\"0\", \"1\"", true), (" \"1\" ", true), ("*", true),
        ("\"0\",W/\"1\"", true), ("\"2\"", false), ("1", false), ("", false), ("\"11\"", false),
        ("w/\"1\"", false), ("\"1", false), ("W/\"2\"", false),
    ])
    func `If-None-Match is compared weakly`(header: String, isMatch: Bool) {
        #expect(ResponseHeaders.matches(header, "\"1\"") == isMatch)
    }
}
