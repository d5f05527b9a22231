// The rate limiter as all loops use it: exact, apart by client, and bounded.

import Domain
import Foundation
import Support
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct `The rate limiter` {
    /// One with the default limit alone.
    private func limiter(
        _ quota: Int, per seconds: Int = 60, byteCountMax: Int = 1 << 22
    ) -> RateLimiter {
        RateLimiter(
            RatePolicies(default: RateLimit(quota: quota, windowSeconds: seconds)),
            byteCountMax: byteCountMax)
    }

    private func admits(
        _ limiter: RateLimiter, _ client: RateClient, at now: Int64
    ) -> Bool {
        limiter.admit(client, atMilliseconds: now)?.isAdmitted ?? true
    }

    private func admitted(
        _ limiter: RateLimiter, _ client: RateClient, times: Int, at now: Int64
    ) -> Int {
        (0..<times).count { _ in admits(limiter, client, at: now) }
    }

    @Test func `exactly the quota passes, whichever of eight threads asks`() {
        let limiter = limiter(1000)
        let passed = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            let count = admitted(limiter, .principal("asha"), times: 500, at: Int64(thread))
            passed.withLock { $0 += count }
        }
        #expect(passed.withLock { $0 } == 1000)
    }

    @Test func `many clients on eight threads each have exactly their quota`() {
        let limiter = limiter(7)
        let passed = Mutex([String: Int]())
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<3 {
                for client in 0..<100 {
                    let name = "c\((client + thread * 13) % 100)"
                    let isAdmitted = admits(
                        limiter, .principal(ExactText(name)), at: Int64(round))
                    if isAdmitted { passed.withLock { $0[name, default: 0] += 1 } }
                }
            }
        }
        let counts = passed.withLock { $0 }
        #expect(counts.count == 100)
        #expect(counts.values.allSatisfy { $0 == 7 })
    }

    @Test func `clients do not use up each other's quota`() {
        let limiter = limiter(2)
        // Two of them look the same: a letter in one piece and in two.
        let clients: [RateClient] = [
            .principal("a"), .principal("b"), .address(.init(high: 0, low: 1)),
            .address(.init(high: 1, low: 0)), .principal(""), .principal("Andr\u{E9}"),
            .principal("Andre\u{301}"),
        ]
        for client in clients { #expect(admitted(limiter, client, times: 5, at: 0) == 2) }
        for client in clients { #expect(admitted(limiter, client, times: 5, at: 60_000) == 2) }
    }

    @Test func `IPv4 counts by address, IPv6 by network of 64 bits`() {
        let one = RateClient(address: .init(high: 0, low: 0xFFFF_0A00_0001))
        let two = RateClient(address: .init(high: 0, low: 0xFFFF_0A00_0002))
        #expect(one != two)
        let six = RateClient(address: .init(high: 0x2001_0DB8_0000_0001, low: 1))
        let sameNetwork = RateClient(address: .init(high: 0x2001_0DB8_0000_0001, low: .max))
        let otherNetwork = RateClient(address: .init(high: 0x2001_0DB8_0000_0002, low: 1))
        #expect(six == sameNetwork)
        #expect(six != otherNetwork)
    }

    @Test func `a flood of addresses frees nobody who is beyond the limit, and no principal`() {
        // Room for 1,024 windows of addresses and as many of principals.
        let limiter = limiter(2, byteCountMax: 65_536)
        let principal = RateClient.principal("asha")
        let address = RateClient(address: IPAddress(ipv4: 1))
        #expect(admitted(limiter, principal, times: 1, at: 0) == 1)
        #expect(admitted(limiter, address, times: 5, at: 0) == 2)
        for number in 0..<50_000 {
            let other = RateClient(address: IPAddress(high: UInt64(number) + 10, low: 0))
            #expect(admits(limiter, other, at: 1))
        }
        #expect(!admits(limiter, address, at: 2))
        // Her window is still the one that her first request opened.
        #expect(admitted(limiter, principal, times: 5, at: 2) == 1)
        #expect(limiter.byteCount <= 65_536)
    }

    @Test func `a role's limit is its own, and a route's counts beside it`() throws {
        let pattern = try #require(RoutePattern("POST /auth/*"))
        let policies = RatePolicies(
            default: RateLimit(quota: 5, windowSeconds: 60),
            roles: [.admin: RateLimit(quota: 8, windowSeconds: 60), .service: nil],
            routes: [pattern: RateLimit(quota: 2, windowSeconds: 60)])
        let limiter = RateLimiter(policies, byteCountMax: 1 << 20)
        let route = policies.route(method: "POST", path: "/auth/login")
        func passed(_ name: ExactText, _ role: Role, route: Int?) -> Int {
            (0..<20).count { _ in
                limiter.admit(
                    .principal(name), roles: RoleSet([role]), route: route, atMilliseconds: 0)?
                    .isAdmitted ?? true
            }
        }
        #expect(passed("a", .admin, route: route) == 2)
        #expect(passed("a", .admin, route: nil) == 6)
        #expect(passed("v", .viewer, route: nil) == 5)
        #expect(passed("v", .viewer, route: route) == 0)
        // Who has no limit still has that of the route.
        #expect(passed("s", .service, route: nil) == 20)
        #expect(passed("s", .service, route: route) == 2)
    }
}
