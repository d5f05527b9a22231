// Attempts to sign in are counted where guesses come from, and an owner is never locked out.

import Domain
import Testing
import Wire

@testable import Gateway

@Suite struct `Attempts to sign in` {
    private let limiter = SignInLimiter(limit: RateLimit(quota: 3, windowSeconds: 60))
    private let owner = ExactText("owner")

    private func client(_ number: UInt64) -> RateClient {
        RateClient(address: IPAddress(high: number << 16, low: 1))
    }

    @Test func `a name from an address has its quota, and none of another's`() {
        for _ in 0..<3 {
            #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 0) == nil)
        }
        #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 1_000) == 59)
        #expect(limiter.attempt(owner, from: client(2), atMilliseconds: 1_000) == nil)
        #expect(limiter.attempt(ExactText("b"), from: client(1), atMilliseconds: 1_000) == nil)
        #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 60_000) == nil)
    }

    @Test func `an address that tries many names has four times as many attempts`() {
        let refused = (0..<20).filter {
            limiter.attempt(ExactText("name \($0)"), from: client(1), atMilliseconds: 0) != nil
        }
        #expect(refused == Array(12..<20))
    }

    @Test func `many addresses that are new to a name share its attempts`() {
        let refused = (0..<70).filter { _ in
            limiter.attemptFromNewAddress(owner, atMilliseconds: 0) != nil
        }
        #expect(refused == Array(60..<70))
        #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 0) == nil)
    }

    @Test func `a good password gives the attempts before it back`() {
        for _ in 0..<3 { _ = limiter.attempt(owner, from: client(1), atMilliseconds: 0) }
        limiter.succeeded(owner, from: client(1), isKnown: true)
        #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 0) == nil)
    }

    @Test func `an attempt that the hub did not look at costs nothing`() {
        for _ in 0..<100 {
            #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 0) == nil)
            #expect(limiter.attemptFromNewAddress(owner, atMilliseconds: 0) == nil)
            limiter.giveBack(owner, from: client(1), isKnown: false)
        }
    }

    @Test func `signing in where one was before gives guesses of elsewhere nothing back`() {
        for _ in 0..<60 { _ = limiter.attemptFromNewAddress(owner, atMilliseconds: 0) }
        limiter.succeeded(owner, from: client(1), isKnown: true)
        #expect(limiter.attemptFromNewAddress(owner, atMilliseconds: 0) != nil)
    }

    @Test func `a flood of addresses wipes out no guesser's count`() {
        let limiter = SignInLimiter(
            limit: RateLimit(quota: 3, windowSeconds: 60), byteCountMax: 100_000)
        for _ in 0..<3 { _ = limiter.attempt(owner, from: client(1), atMilliseconds: 0) }
        for number in UInt64(2)..<50_000 {
            let name = ExactText("name \(number)")
            #expect(limiter.attempt(name, from: client(number), atMilliseconds: 1) == nil)
        }
        #expect(limiter.attempt(owner, from: client(1), atMilliseconds: 2) != nil)
    }
}

@Suite struct `Hashes of passwords` {
    private let hash = PasswordHash.make("a long password", salt: [1, 2, 3, 4], cost: 4)

    @Test func `a password matches its hash alone, whatever it was made with`() {
        #expect(hash.hasPrefix("$scrypt$ln=4,r=8,p=3$AQIDBA$"))
        #expect(PasswordHash.matches("a long password", hash))
        #expect(!PasswordHash.matches("a long passwords", hash))
        #expect(!PasswordHash.matches("", hash))
        let other = PasswordHash.make("a long password", salt: [4, 3, 2, 1], cost: 5)
        #expect(other != hash && PasswordHash.matches("a long password", other))
        #expect(!PasswordHash.matches("", PasswordHash.decoy(cost: 4)))
    }

    @Test func `a hash of other costs is outdated`() {
        #expect(!PasswordHash.isOutdated(hash, cost: 4))
        #expect(PasswordHash.isOutdated(hash, cost: 5))
        #expect(PasswordHash.isOutdated("$scrypt$ln=4,r=8,p=1$AQIDBA$AAAA", cost: 4))
        #expect(PasswordHash.isOutdated("$scrypt$ln=41,r=8,p=3$AQIDBA$AAAA", cost: 4))
    }

    /// The second vector of RFC 7914 §12, cut to the 32 bytes that are kept.
    @Test func `scrypt gives what its specification says`() {
        let text = "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"
        #expect(PasswordHash.matches("password", text))
    }

    @Test(arguments: [
        "", "$", "$scrypt$ln=4,r=8,p=3$AQIDBA", "$argon2id$ln=4,r=8,p=3$AQIDBA$AAAA",
        "$scrypt$ln=40,r=8,p=3$AQIDBA$AAAA", "$scrypt$ln=4,r=9,p=3$AQIDBA$AAAA",
        "$scrypt$ln=4,r=8,p=99$AQIDBA$AAAA", "$scrypt$ln=4,r=8,p=3$!$AAAA", "a long password",
    ])
    func `what is no hash is nobody's`(text: String) {
        #expect(!PasswordHash.matches("a long password", text))
    }
}

@Suite struct `Refresh tokens` {
    private func session(_ name: String, _ generation: Int) -> UserSession {
        let time = Timestamp(milliseconds: 1)
        return UserSession(
            id: UniqueID(high: 1, low: .max), userID: UniqueID(high: .max, low: 2),
            userName: name, generation: generation, address: "::1", agent: nil, createdAt: time,
            refreshedAt: time, expiresAt: time)
    }

    @Test func `a token says session, user and generation, and the same always gives the same`() {
        var tokens = RefreshTokens(secret: Array("a secret".utf8))
        for (name, generation) in [("n\u{F6}ra", 1), ("x", 70_000)] {
            let session = session(name, generation)
            let text = tokens.text(session)
            #expect(tokens.text(session) == text)
            #expect(
                tokens.read(text)
                    == RefreshToken(
                        userID: session.userID, sessionID: session.id, generation: generation,
                        userName: name))
        }
    }

    @Test func `a token of another secret, or with a bit changed anywhere, is none`() {
        var tokens = RefreshTokens(secret: Array("a secret".utf8))
        var others = RefreshTokens(secret: Array("another secret".utf8))
        let text = tokens.text(session("nora", 1))
        #expect(others.read(text) == nil)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for place in text.indices {
            for letter in [letters[0], letters[33]] where letter != text[place] {
                var changed = text
                changed.replaceSubrange(place...place, with: String(letter))
                #expect(tokens.read(changed) == nil, "\(changed)")
            }
        }
        for count in 0..<text.count { #expect(tokens.read(String(text.prefix(count))) == nil) }
    }
}
