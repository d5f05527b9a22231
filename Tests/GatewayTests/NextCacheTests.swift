// What members of an audience are due is looked up once for all who stand at the same place.

import EventLog
import Testing

@testable import Gateway

@Suite struct `What was found last` {
    private let place = Cursor(position: 4)
    private let end = Cursor(position: 6)

    /// What is due behind the place, in a log of six events.
    private func due(bytesMax: Int = 1 << 16) throws -> Next {
        var log = EventLog(
            epoch: Epoch(rawValue: 1), head: 0, memoryBytesMax: 1 << 20, pageBytesMax: 1 << 20)
        let events = (1...6).map { position in
            LoggedEvent(
                position: UInt64(position), name: "order_placed", subject: "orders/1",
                text: Array(#"{"id":"x"}"#.utf8))
        }
        log.append(Segment(epoch: Epoch(rawValue: 1), events: events, masks: .none))
        let filter = log.register(.everything)
        return log.next(place, filter: filter, form: .serverSentEvents, bytesMax: bytesMax)
    }

    private func isUnknown(_ next: Next?) -> Bool { if case .none = next { true } else { false } }

    @Test func `what is due and that nothing follows are both known to the next member`() throws {
        var cache = NextCache()
        cache.keep(try due(), audience: 2, cursor: place, head: 6)
        cache.keep(.caughtUp(end), audience: 2, cursor: end, head: 6)
        guard case .due(let run)? = cache.next(audience: 2, cursor: place, head: 6) else {
            Issue.record("what is due was forgotten")
            return
        }
        #expect(run.frameCount == 2)
        guard case .caughtUp(end)? = cache.next(audience: 2, cursor: end, head: 6) else {
            Issue.record("the end was forgotten")
            return
        }
    }

    @Test func `another audience, another place, a longer log and a cleared one know nothing`()
        throws
    {
        var cache = NextCache()
        cache.keep(try due(), audience: 2, cursor: place, head: 6)
        #expect(isUnknown(cache.next(audience: 1, cursor: place, head: 6)))
        #expect(isUnknown(cache.next(audience: 2, cursor: end, head: 6)))
        #expect(isUnknown(cache.next(audience: 2, cursor: place, head: 7)))
        cache.removeAll()
        #expect(isUnknown(cache.next(audience: 2, cursor: place, head: 6)))
    }

    @Test func `only a run that leads to the head is handed from member to member`() throws {
        var cache = NextCache()
        cache.keep(try due(), audience: 2, cursor: place, head: 6)
        #expect(cache.runToHead(audience: 2, head: 6)?.run.through == 6)
        #expect(cache.runToHead(audience: 1, head: 6) == nil)
        #expect(cache.runToHead(audience: 2, head: 7) == nil)
        cache.keep(try due(bytesMax: 1), audience: 2, cursor: place, head: 6)
        #expect(cache.runToHead(audience: 2, head: 6) == nil)
    }
}
