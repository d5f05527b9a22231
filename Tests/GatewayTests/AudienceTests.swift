// The sweep through the members of an audience, while members come and leave.

import EventLog
import Testing

@testable import Gateway

@Suite struct `The sweep through an audience` {
    private func audience(members: [UInt32]) -> Audience {
        var log = EventLog(
            epoch: Epoch(rawValue: 1), head: 0, memoryBytesMax: 1 << 20, pageBytesMax: 1 << 20)
        var audience = Audience(
            filter: log.register(.everything), form: .serverSentEvents, isConflated: false)
        audience.members = members
        audience.sweepRest = members.count
        return audience
    }

    private func visits(_ audience: inout Audience) -> [Int] {
        var slots: [Int] = []
        while let slot = audience.nextOfSweep() { slots.append(slot) }
        return slots
    }

    @Test func `all members are visited once`() {
        var audience = audience(members: [7, 3, 5])
        #expect(visits(&audience) == [7, 3, 5])
        #expect(audience.nextOfSweep() == nil)
    }

    @Test func `a sweep that begins anew half way visits all, those it had not reached first`() {
        var audience = audience(members: [7, 3, 5])
        #expect(audience.nextOfSweep() == 7)
        audience.sweepRest = 3
        #expect(visits(&audience) == [3, 5, 7])
    }

    @Test func `members that leave are not visited, and the others still are`() {
        var audience = audience(members: [7, 3, 5, 9])
        #expect(audience.nextOfSweep() == 7)
        audience.members.removeLast(2)
        #expect(visits(&audience) == [3, 7], "who took the place of a leaver may come twice")
    }

    @Test func `an audience that all have left is not visited`() {
        var audience = audience(members: [7, 3])
        audience.members.removeAll()
        #expect(audience.nextOfSweep() == nil)
    }
}
