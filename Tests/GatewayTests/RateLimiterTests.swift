// The rate limiter as all loops use it: exact, apart by client, and bounded.

import Domain
import Foundation
import Support
import Synchronization
import Testing

@testable import Gateway

@Suite struct `The rate limiter` {
    private func admitted(
        _ limiter: RateLimiter, _ client: RateClient, times: Int, at now: Int64
    ) -> Int {
        (0..<times).count { _ in limiter.admit(client, atMilliseconds: now).isAdmitted }
    }

    @Test func `exactly the quota passes, whichever of eight threads asks`() {
        let limiter = RateLimiter(
            limit: RateLimit(quota: 1000, windowSeconds: 60), clientsMax: 1000)
        let passed = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            let count = admitted(limiter, .principal("asha"), times: 500, at: Int64(thread))
            passed.withLock { $0 += count }
        }
        #expect(passed.withLock { $0 } == 1000)
    }

    @Test func `many clients on eight threads each have exactly their quota`() {
        let limiter = RateLimiter(limit: RateLimit(quota: 7, windowSeconds: 60), clientsMax: 10_000)
        let passed = Mutex([String: Int]())
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<3 {
                for client in 0..<100 {
                    let name = "c\((client + thread * 13) % 100)"
                    let verdict = limiter.admit(
                        .principal(ExactText(name)), atMilliseconds: Int64(round))
                    if verdict.isAdmitted { passed.withLock { $0[name, default: 0] += 1 } }
                }
            }
        }
        let counts = passed.withLock { $0 }
        #expect(counts.count == 100)
        #expect(counts.values.allSatisfy { $0 == 7 })
    }

    @Test func `clients do not use up each other's quota`() {
        let limiter = RateLimiter(
            limit: RateLimit(quota: 2, windowSeconds: 60), clientsMax: 100_000)
        let clients: [RateClient] = [
            .principal("a"), .principal("b"), .address(.init(high: 0, low: 1)),
            .address(.init(high: 1, low: 0)), .principal(""),
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

    @Test func `a flood of clients does not grow it: the exhausted are forgotten`() {
        let limiter = RateLimiter(limit: RateLimit(quota: 1, windowSeconds: 60), clientsMax: 64)
        let client = RateClient.principal("exhausted")
        #expect(admitted(limiter, client, times: 2, at: 0) == 1)
        for number in 0..<5000 {
            _ = limiter.admit(.address(.init(high: UInt64(number), low: 0)), atMilliseconds: 1)
        }
        // Its window was given up for theirs: were it still kept, so would be all of theirs.
        #expect(limiter.admit(client, atMilliseconds: 2).isAdmitted)
    }

    @Test func `windows that are over make room before those that are not`() {
        let limiter = RateLimiter(limit: RateLimit(quota: 1, windowSeconds: 60), clientsMax: 6400)
        for number in 0..<5500 {
            _ = limiter.admit(.principal(ExactText("old \(number)")), atMilliseconds: 0)
        }
        let client = RateClient.principal("exhausted")
        #expect(admitted(limiter, client, times: 2, at: 61_000) == 1)
        for number in 0..<2500 {
            _ = limiter.admit(.principal(ExactText("new \(number)")), atMilliseconds: 61_001)
        }
        #expect(!limiter.admit(client, atMilliseconds: 61_002).isAdmitted)
    }
}
