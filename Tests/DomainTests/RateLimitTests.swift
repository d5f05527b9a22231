// The rate limit's arithmetic: exactly the quota passes in a window that the first request opens.

import Support
import Testing

@testable import Domain

@Suite struct `Rate windows` {
    private let limit = RateLimit(quota: 3, windowSeconds: 60)

    @Test func `exactly the quota passes, and the next is told the seconds to the end`() {
        var window = RateWindow(openedMilliseconds: 1000)
        let first = window.admit(limit, atMilliseconds: 1000)
        #expect(first == .init(isAdmitted: true, remaining: 2, resetSeconds: 60))
        let second = window.admit(limit, atMilliseconds: 1001)
        #expect(second == .init(isAdmitted: true, remaining: 1, resetSeconds: 60))
        let third = window.admit(limit, atMilliseconds: 31_000)
        #expect(third == .init(isAdmitted: true, remaining: 0, resetSeconds: 30))
        let fourth = window.admit(limit, atMilliseconds: 31_001)
        #expect(fourth == .init(isAdmitted: false, remaining: 0, resetSeconds: 30))
    }

    @Test func `a refused client is never told to come back at once`() {
        var window = RateWindow(openedMilliseconds: 0)
        for _ in 0..<3 { _ = window.admit(limit, atMilliseconds: 0) }
        #expect(window.admit(limit, atMilliseconds: 59_999).resetSeconds == 1)
        #expect(!window.admit(limit, atMilliseconds: 59_999).isAdmitted)
    }

    @Test func `refused requests do not lengthen the window`() {
        var window = RateWindow(openedMilliseconds: 0)
        for now in 0..<600 { _ = window.admit(limit, atMilliseconds: Int64(now) * 100) }
        #expect(window.openedMilliseconds == 0)
        #expect(window.admit(limit, atMilliseconds: 60_000).isAdmitted)
        #expect(window.openedMilliseconds == 60_000)
    }

    @Test func `the window that follows begins with its first request, not on a grid`() {
        var window = RateWindow(openedMilliseconds: 0)
        _ = window.admit(limit, atMilliseconds: 0)
        let later = window.admit(limit, atMilliseconds: 100_500)
        #expect(later == .init(isAdmitted: true, remaining: 2, resetSeconds: 60))
        #expect(window.openedMilliseconds == 100_500)
    }

    @Test func `a window is over at its end and not before`() {
        let window = RateWindow(openedMilliseconds: 500)
        #expect(!window.isOver(limit, atMilliseconds: 60_499))
        #expect(window.isOver(limit, atMilliseconds: 60_500))
    }

    @Test func `any sequence of requests meets the limit exactly`() {
        var random = TestSeed.random("rate windows")
        for _ in 0..<300 {
            let quota = Int.random(in: 1...20, using: &random)
            let seconds = Int.random(in: 1...5, using: &random)
            let limit = RateLimit(quota: quota, windowSeconds: seconds)
            var now = Int64.random(in: 0...10_000, using: &random)
            var window = RateWindow(openedMilliseconds: now)
            var opened = now
            var passed = 0
            for _ in 0..<200 {
                let verdict = window.admit(limit, atMilliseconds: now)
                if now >= opened + Int64(seconds) * 1000 {
                    opened = now
                    passed = 0
                }
                #expect(verdict.isAdmitted == (passed < quota))
                if verdict.isAdmitted { passed += 1 }
                #expect(verdict.remaining == quota - passed)
                // Whoever waits as long as told finds the window over, and not a second late.
                let left = opened + Int64(seconds) * 1000 - now
                #expect(Int64(verdict.resetSeconds) * 1000 >= left)
                #expect(Int64(verdict.resetSeconds - 1) * 1000 < left)
                now += Int64.random(in: 0...(random.oneIn(8) ? 3000 : 120), using: &random)
            }
        }
    }
}

@Suite struct `Rate limit settings` {
    @Test func `a limit is written as quota and seconds`() {
        #expect(RateLimit("100/60") == RateLimit(quota: 100, windowSeconds: 60))
        #expect(RateLimit("1/1") == RateLimit(quota: 1, windowSeconds: 1))
        #expect(RateLimit("1000000000/86400")?.quota == 1_000_000_000)
    }

    @Test(arguments: [
        "", "/", "100", "100/", "/60", "0/60", "100/0", "-1/60", "+100/60", "100/+60", "100/60/1",
        "100 / 60", "1e3/60", "100/86401", "1000000001/60", "99999999999999999999/60", "off",
        "１００/60",
    ])
    func `anything else is not a limit`(text: String) {
        #expect(RateLimit(text) == nil)
    }

    @Test func `a limit of nothing is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = RateLimit(quota: 0, windowSeconds: 60)
        }
        await #expect(processExitsWith: .failure) {
            _ = RateLimit(quota: 1, windowSeconds: 0)
        }
    }
}

@Suite struct `Rate policies` {
    private let minute = RateLimit(quota: 100, windowSeconds: 60)

    private func pattern(_ text: String) throws -> RoutePattern {
        try #require(RoutePattern(text), "\(text)")
    }

    @Test func `without any other, the default is for everybody`() {
        let policies = RatePolicies(default: minute)
        #expect(policies.all == [RatePolicy(name: "default", limit: minute)])
        #expect(policies.base(of: nil) == 0)
        #expect(policies.base(of: RoleSet([.admin, .viewer])) == 0)
        #expect(policies.route(method: "GET", path: "/crm/leads") == nil)
    }

    @Test func `a role has its own limit, and an address the default`() throws {
        let policies = RatePolicies(
            default: minute, roles: [.admin: RateLimit(quota: 1000, windowSeconds: 60)])
        let place = try #require(policies.base(of: RoleSet([.admin])))
        #expect(policies.all[place].name == "role:admin")
        #expect(policies.all[place].limit.quota == 1000)
        #expect(policies.base(of: nil) == 0 && policies.base(of: RoleSet([.sales])) == 0)
    }

    @Test func `several roles have the most generous of their limits`() throws {
        let policies = RatePolicies(
            default: minute,
            roles: [
                .admin: RateLimit(quota: 1000, windowSeconds: 60),
                .agent: RateLimit(quota: 10, windowSeconds: 60),
                .service: RateLimit(quota: 50, windowSeconds: 1), .compliance: RateLimit?.none,
            ])
        func name(_ roles: Role...) -> String? {
            policies.base(of: RoleSet(roles)).map { policies.all[$0].name }
        }
        #expect(name(.agent) == "role:agent")
        // A viewer has the default, which is more than an agent has.
        #expect(name(.agent, .viewer) == "default")
        #expect(name(.agent, .admin, .viewer) == "role:admin")
        // 50 a second are more than 1,000 a minute.
        #expect(name(.service, .admin) == "role:service")
        #expect(name(.service, .compliance, .agent) == nil)
    }

    @Test func `with the default off, only those are limited who have a limit`() {
        let policies = RatePolicies(default: nil, roles: [.agent: minute])
        #expect(policies.base(of: nil) == nil)
        #expect(policies.base(of: RoleSet([.agent])) == 0)
        #expect(policies.base(of: RoleSet([.agent, .viewer])) == nil)
        #expect(RatePolicies(default: nil).isEmpty && !policies.isEmpty)
    }

    @Test func `the narrowest pattern counts, in whatever order they were given`() throws {
        let texts = [
            "/auth/*", "POST /auth/*", "POST /auth/login", "/auth/login", "/*", "POST /auth/lo*",
            "GET /logs",
        ]
        let policies = RatePolicies(
            default: nil,
            routes: Dictionary(uniqueKeysWithValues: try texts.map { (try pattern($0), minute) }))
        func name(_ method: String, _ path: String) -> String? {
            policies.route(method: method, path: path).map { policies.all[$0].name }
        }
        #expect(name("POST", "/auth/login") == "POST /auth/login")
        #expect(name("GET", "/auth/login") == "/auth/login")
        #expect(name("POST", "/auth/logout") == "POST /auth/lo*")
        #expect(name("POST", "/auth/refresh") == "POST /auth/*")
        #expect(name("PATCH", "/auth/refresh") == "/auth/*")
        #expect(name("HEAD", "/logs") == "GET /logs")
        #expect(name("POST", "/logs") == "/*" && name("GET", "/logs/1") == "/*")
    }

    @Test(arguments: [
        "", "auth", "*", "GET", "GET ", " /auth", "GET  /auth", "GET /auth ", "get /auth",
        "HEAD /auth", "/a*/b", "/a=b", "/a,b", "/a\"b", "/a\\b", "/a?b", "/a b", "/ä", "POST /a/**",
    ])
    func `what is no pattern is none`(text: String) {
        #expect(RoutePattern(text) == nil)
    }

    @Test func `a verdict of two limits is the one to be heeded`() {
        func verdict(_ isAdmitted: Bool, _ remaining: Int, _ reset: Int) -> RateWindow.Verdict {
            .init(isAdmitted: isAdmitted, remaining: remaining, resetSeconds: reset)
        }
        #expect(verdict(false, 0, 1).isStricter(than: verdict(true, 0, 60)))
        #expect(!verdict(true, 0, 60).isStricter(than: verdict(false, 0, 1)))
        // Of two refusals the longer wait: whoever comes earlier is refused again.
        #expect(verdict(false, 0, 60).isStricter(than: verdict(false, 0, 10)))
        #expect(!verdict(false, 0, 10).isStricter(than: verdict(false, 0, 60)))
        #expect(verdict(true, 3, 10).isStricter(than: verdict(true, 4, 60)))
        #expect(verdict(true, 3, 60).isStricter(than: verdict(true, 3, 10)))
    }
}
