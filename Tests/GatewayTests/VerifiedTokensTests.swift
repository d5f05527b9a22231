// The verified cache: what it finds, when it forgets, and that it never grows beyond its bound.

import Domain
import Foundation
import Support
import TLS
import Testing

@testable import Gateway

@Suite struct `Verified tokens` {
    private func token(_ subject: String, until seconds: Int64) -> VerifiedToken {
        VerifiedToken(
            credential: Credential(
                principal: Principal(subject: subject, roles: RoleSet([.sales])), tokenID: nil,
                issuedMilliseconds: nil),
            expirySeconds: seconds)
    }

    /// A key that lands in the shard given.
    private func key(_ shard: UInt8, _ number: Int) -> TokenDigest {
        TokenDigest((UInt64(number), 0, 0, UInt64(shard)))
    }

    /// The key of a token.
    private func key(_ token: String) -> TokenDigest {
        BearerToken(text: token, by: SHA256Hasher()).key
    }

    @Test func `a token is found under its own text, and no other`() {
        let cache = VerifiedTokens(tokensMax: 100)
        cache.insert(token("asha", until: 100), key: key("t1"), at: 0)
        #expect(cache.find(key("t1"), at: 0, generation: 0)?.principal.subject == "asha")
        #expect(cache.find(key("t2"), at: 0, generation: 0) == nil)
        #expect(cache.find(key(""), at: 0, generation: 0) == nil)
    }

    @Test func `a key is the hash of the whole text`() {
        #expect(key("t") == key("t"))
        #expect(key("t") != key("t "))
    }

    @Test func `a token is found until the second before it expires, and then forgotten`() {
        let cache = VerifiedTokens(tokensMax: 100)
        cache.insert(token("asha", until: 100), key: key(0, 1), at: 0)
        #expect(cache.find(key(0, 1), at: 99, generation: 0) != nil)
        #expect(cache.find(key(0, 1), at: 100, generation: 0) == nil)
        // It was forgotten, not hidden: a clock that steps back does not bring it back.
        #expect(cache.find(key(0, 1), at: 99, generation: 0) == nil)
    }

    @Test func `what was verified with other keys is not found`() {
        let cache = VerifiedTokens(tokensMax: 100)
        cache.insert(token("asha", until: 100), key: key(0, 1), at: 0)
        #expect(cache.find(key(0, 1), at: 0, generation: 1) == nil)
        #expect(cache.find(key(0, 1), at: 0, generation: 0) != nil)
    }

    @Test func `a flood of tokens stays within the bound`() {
        let cache = VerifiedTokens(tokensMax: 160)
        for number in 0..<5000 {
            cache.insert(
                token("a", until: 1000), key: key(UInt8(number % 256), number), at: 0)
        }
        let found = (0..<5000).filter {
            cache.find(key(UInt8($0 % 256), $0), at: 0, generation: 0) != nil
        }
        #expect(found.count <= 160)
        // The newest one is always there.
        #expect(found.last == 4999)
    }

    @Test func `a full shard forgets what has expired before what has not`() {
        let cache = VerifiedTokens(tokensMax: 160)
        for number in 0..<5 { cache.insert(token("old", until: 10), key: key(3, number), at: 0) }
        for number in 5..<10 { cache.insert(token("live", until: 99), key: key(3, number), at: 0) }
        cache.insert(token("new", until: 99), key: key(3, 10), at: 50)
        for number in 5...10 {
            #expect(cache.find(key(3, number), at: 50, generation: 0) != nil)
        }
        for number in 0..<5 {
            #expect(cache.find(key(3, number), at: 5, generation: 0) == nil)
        }
    }

    @Test func `a cache for none still keeps the last`() {
        let cache = VerifiedTokens(tokensMax: 0)
        cache.insert(token("a", until: 99), key: key(0, 1), at: 0)
        #expect(cache.find(key(0, 1), at: 0, generation: 0) != nil)
    }

    @Test func `many loops use it at once`() {
        let cache = VerifiedTokens(tokensMax: 100_000)
        let keys = (0..<4000).map { key(UInt8($0 % 256), $0) }
        DispatchQueue.concurrentPerform(iterations: 8) { loop in
            for number in stride(from: loop, to: 4000, by: 8) {
                cache.insert(token("s\(number)", until: 99), key: keys[number], at: 0)
                _ = cache.find(keys[(number * 7) % 4000], at: 0, generation: 0)
            }
        }
        for number in 0..<4000 {
            let found = cache.find(keys[number], at: 0, generation: 0)
            #expect(found?.principal.subject == "s\(number)")
        }
    }
}
