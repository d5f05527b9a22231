// The slab of connections, and the tables beside it.

import Domain
import Support
import Testing

@testable import Gateway

@Suite struct `Connections` {
    @Test func `a connection takes at most 256 bytes`() {
        #expect(MemoryLayout<Connection>.size <= 256)
        #expect(MemoryLayout<Connection>.stride <= 256)
    }

    @Test func `a token names slot and generation`() {
        let token = ConnectionToken(slot: 0xABCD_EF01, generation: 0x8765_4321)
        #expect(token.slot == 0xABCD_EF01 && token.generation == 0x8765_4321)
        #expect(ConnectionToken(rawValue: token.rawValue) == token)
        #expect(ConnectionToken(slot: 1, generation: 2) != ConnectionToken(slot: 2, generation: 1))
    }

    @Test func `a token is stale when its connection is gone, even if the slot is used again`() {
        var table = ConnectionTable()
        let slot = table.insert(descriptor: 7, address: .init(high: 0, low: 1))
        let first = table.token(slot)
        #expect(table.slot(first) == slot && table.count == 1)
        #expect(table[slot].descriptor == 7 && table[slot].phase == .http)
        table.remove(slot)
        #expect(table.slot(first) == nil && table.count == 0)
        let again = table.insert(descriptor: 8, address: .init(high: 0, low: 2))
        #expect(again == slot)
        #expect(table.slot(first) == nil)
        #expect(table.slot(table.token(again)) == again)
    }

    @Test func `a slot that is used again remembers nothing`() {
        var table = ConnectionTable()
        let slot = table.insert(descriptor: 7, address: .init(high: 0, low: 1))
        table[slot].input = [1, 2, 3]
        table[slot].flags = [.isBlocked, .isDirty, .closesAfterOutput]
        table[slot].principal = 3
        table[slot].nextSequence = 9
        table.remove(slot)
        let again = table.insert(descriptor: 8, address: .init(high: 0, low: 2))
        #expect(table[again].input.isEmpty && table[again].flags.isEmpty)
        #expect(table[again].principal == -1 && table[again].nextSequence == 0)
    }

    @Test func `a token of no slot finds nothing`() {
        var table = ConnectionTable()
        #expect(table.slot(ConnectionToken(slot: 0, generation: 0)) == nil)
        let slot = table.insert(descriptor: 7, address: .init(high: 0, low: 1))
        #expect(table.slot(ConnectionToken(slot: 99, generation: 0)) == nil)
        #expect(table.slot(ConnectionToken(slot: slot, generation: 1)) == nil)
        #expect(table.slot(ConnectionToken(rawValue: .max)) == nil)
    }

    @Test func `a generation that runs over goes on at zero`() {
        var table = ConnectionTable()
        let slot = table.insert(descriptor: 7, address: .init(high: 0, low: 1))
        table[slot].generation = .max
        let last = table.token(slot)
        #expect(table.slot(last) == slot)
        table.remove(slot)
        _ = table.insert(descriptor: 8, address: .init(high: 0, low: 1))
        #expect(table.token(slot).generation == 0)
        #expect(table.slot(last) == nil)
    }

    @Test func `whatever comes and goes, tokens find their connection and no other`() {
        var random = TestSeed.random("connection table")
        var table = ConnectionTable()
        var live: [ConnectionToken: Int32] = [:]
        var stale: Set<ConnectionToken> = []
        for step in 0..<5000 {
            if live.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
                let slot = table.insert(descriptor: Int32(step), address: .init(high: 0, low: 0))
                live[table.token(slot)] = Int32(step)
            } else if let token = live.keys.randomElement(using: &random) {
                if let slot = table.slot(token) { table.remove(slot) }
                live[token] = nil
                stale.insert(token)
            }
            #expect(table.count == live.count)
        }
        for (token, descriptor) in live {
            #expect(table.slot(token).map { table[$0].descriptor } == descriptor)
        }
        #expect(stale.allSatisfy { table.slot($0) == nil })
        // Slots are used again: there are no more than were ever open at once.
        #expect(table.slots.count < 3000)
    }
}

@Suite struct `Principals of streams` {
    private func credential(
        _ name: String, _ role: Role = .viewer, tokenID: String? = nil
    ) -> Credential {
        Credential(
            principal: Principal(subject: name, roles: RoleSet([role])),
            tokenID: tokenID.map { ExactText($0) }, issuedMilliseconds: nil)
    }

    @Test func `equal credentials share a number until the last is released`() {
        var table = PrincipalTable()
        let first = table.retain(credential("a"))
        #expect(table.retain(credential("a")) == first)
        let other = table.retain(credential("a", .sales))
        #expect(other != first)
        table.release(first)
        #expect(table[first] == credential("a").principal)
        table.release(first)
        let reused = table.retain(credential("b"))
        #expect(reused == first)
        #expect(table[reused] == credential("b").principal)
        #expect(table[other] == credential("a", .sales).principal)
    }

    @Test func `each token of a subject can be found`() {
        var table = PrincipalTable()
        let one = table.retain(credential("a", tokenID: "1"))
        let other = table.retain(credential("a", tokenID: "2"))
        #expect(one != other)
        #expect(table.numbers { $0.tokenID == ExactText("2") } == [other])
        table.release(other)
        #expect(table.numbers { $0.tokenID == ExactText("2") } == [])
    }

    @Test func `releasing none is nothing`() {
        var table = PrincipalTable()
        table.release(-1)
        #expect(table.retain(credential("a")) == 0)
    }
}
