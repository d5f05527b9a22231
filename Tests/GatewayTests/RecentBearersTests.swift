// What connections sent last: never taken for what another sends, however they share places.

import TLS
import Testing

@testable import Gateway

@Suite struct `Recent bearers` {
    private let hasher = SHA256Hasher()

    private func isRight(_ bearer: BearerToken?, _ text: String) -> Bool {
        guard let bearer else { return false }
        return bearer.text == text && bearer.key == BearerToken(text: text, by: hasher).key
            && bearer.kind == .plain
    }

    @Test func `connections that share a place are told apart, each time they change`() {
        var recent = RecentBearers()
        for _ in 0..<3 {
            for (slot, token) in [(3, "one"), (3 + RecentBearers.count, "two"), (3, "three")] {
                for header in ["Bearer \(token)", "bearer  \(token)", "Bearer \(token)"] {
                    #expect(isRight(recent.bearer(of: header, on: slot, by: hasher), token))
                }
            }
        }
    }

    @Test func `a header that is no bearer's is none, after one that was`() {
        var recent = RecentBearers()
        #expect(isRight(recent.bearer(of: "Bearer t", on: 0, by: hasher), "t"))
        for header in ["Basic dDp0", "Bearer", "Bearer ", "Bearer", ""] {
            #expect(recent.bearer(of: header, on: 0, by: hasher) == nil, "\(header)")
        }
        #expect(isRight(recent.bearer(of: "Bearer t", on: 0, by: hasher), "t"))
    }

    @Test func `one that is too long to keep is read each time`() {
        var recent = RecentBearers()
        let long = String(repeating: "x", count: RecentBearers.headerBytesMax)
        for _ in 0..<2 {
            #expect(isRight(recent.bearer(of: "Bearer \(long)", on: 0, by: hasher), long))
        }
    }
}
