// Tickets for streams: good once, for a while, and never so many that they fill the memory.

import Domain
import Foundation
import Support
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct `Stream tickets` {
    private static func token(_ subject: String = "asha") -> VerifiedToken {
        VerifiedToken(
            credential: Credential(
                principal: Principal(subject: subject, roles: RoleSet([.sales])), tokenID: nil,
                issuedMilliseconds: nil),
            expirySeconds: 100)
    }

    private static func random(_ number: Int) -> [UInt8] {
        (0..<StreamTickets.randomByteCount).map {
            UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8))
        }
    }

    @Test func `a ticket stands for its token, once`() {
        let tickets = StreamTickets()
        let ticket = tickets.issue(Self.token(), random: Self.random(1), atMilliseconds: 0)
        let other = tickets.issue(Self.token("ravi"), random: Self.random(2), atMilliseconds: 0)
        #expect(tickets.find(ticket, atMilliseconds: 1)?.principal.subject == "asha")
        #expect(tickets.find(ticket, atMilliseconds: 30_000) == nil)
        #expect(tickets.redeem(ticket, atMilliseconds: 1)?.principal.subject == "asha")
        #expect(tickets.find(ticket, atMilliseconds: 1) == nil)
        #expect(tickets.redeem(ticket, atMilliseconds: 1) == nil)
        #expect(tickets.redeem(other, atMilliseconds: 1)?.principal.subject == "ravi")
    }

    @Test func `a ticket is good for thirty seconds`() {
        let tickets = StreamTickets()
        let early = tickets.issue(Self.token(), random: Self.random(1), atMilliseconds: 0)
        let late = tickets.issue(Self.token(), random: Self.random(2), atMilliseconds: 0)
        #expect(tickets.redeem(early, atMilliseconds: 29_999) != nil)
        #expect(tickets.redeem(late, atMilliseconds: 30_000) == nil)
        #expect(tickets.redeem(late, atMilliseconds: 0) == nil, "it was used by the attempt")
    }

    @Test func `what is no ticket is none, whatever it looks like`() {
        let tickets = StreamTickets()
        let ticket = tickets.issue(Self.token(), random: Self.random(1), atMilliseconds: 0)
        let forged = [
            "", "x", ticket + "A", String(ticket.dropLast()), ticket.uppercased(), " " + ticket,
            ticket + "=", Base64.encodeURL([255] + Self.random(1)),
            Base64.encodeURL([16] + Self.random(1)), Base64.encodeURL([0] + Self.random(2)),
            String(repeating: "A", count: 100_000),
        ]
        for text in forged where text != ticket {
            #expect(tickets.redeem(text, atMilliseconds: 0) == nil)
        }
        #expect(tickets.redeem(ticket, atMilliseconds: 0) != nil)
    }

    @Test func `a principal's tickets are few, and the newest are those that count`() {
        let tickets = StreamTickets()
        let neighbour = tickets.issue(Self.token("ravi"), random: Self.random(0), atMilliseconds: 0)
        let own = (1...100).map {
            tickets.issue(Self.token(), random: Self.random($0), atMilliseconds: 0)
        }
        let good = own.map { tickets.redeem($0, atMilliseconds: 1) != nil }
        #expect(good == Array(repeating: false, count: 84) + Array(repeating: true, count: 16))
        #expect(tickets.redeem(neighbour, atMilliseconds: 1) != nil)
        // What was used makes room.
        let next = tickets.issue(Self.token(), random: Self.random(200), atMilliseconds: 1)
        #expect(tickets.redeem(next, atMilliseconds: 1) != nil)
    }

    @Test func `the tickets of all together are bounded, and make room in their order`() {
        let tickets = StreamTickets(countMax: 1_600)
        let all = (0..<4_000).map {
            tickets.issue(Self.token("s\($0)"), random: Self.random($0), atMilliseconds: 0)
        }
        let good = all.count { tickets.redeem($0, atMilliseconds: 1) != nil }
        #expect((1_200...1_600).contains(good), "\(good)")
        let newest = tickets.issue(Self.token(), random: Self.random(-1), atMilliseconds: 1)
        #expect(tickets.redeem(newest, atMilliseconds: 1) != nil)
    }

    @Test func `many loops that try one ticket at once get one token`() {
        let tickets = StreamTickets()
        for number in 0..<200 {
            let ticket = tickets.issue(Self.token(), random: Self.random(number), atMilliseconds: 0)
            let count = Atomic<Int>(0)
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                if tickets.redeem(ticket, atMilliseconds: 1) != nil {
                    count.add(1, ordering: .relaxed)
                }
            }
            #expect(count.load(ordering: .relaxed) == 1)
        }
    }
}
