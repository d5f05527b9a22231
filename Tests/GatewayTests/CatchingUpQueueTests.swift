// What streams that catch up share: the runs of old events.

import EventLog
import Store
import Testing

@testable import Gateway

@Suite struct `Streams that catch up` {
    @Test func `are due what is left of a run, those of another audience are not`() throws {
        var log = EventLog(
            epoch: Epoch(rawValue: 1), head: 0, memoryBytesMax: 1 << 20, pageBytesMax: 1 << 20)
        let events = (1...9).map { position in
            LoggedEvent(
                position: UInt64(position), name: "order_placed", subject: "orders/1",
                text: Array(#"{"id":"x"}"#.utf8))
        }
        log.append(Segment(epoch: Epoch(rawValue: 1), events: events, masks: .none))
        let start = Cursor(position: 3)
        guard
            case .due(let run) = log.next(
                start, filter: log.register(.everything), form: .serverSentEvents,
                bytesMax: 1 << 16)
        else {
            Issue.record("nothing due")
            return
        }
        var runs = RunCache()
        runs.keep(run, audience: 2, cursor: start)
        let inside = run.cursor(afterSending: 100)
        let rest = try #require(runs.run(audience: 2, cursor: inside))
        #expect(rest.bytes[rest.range] == run.bytes[run.range].dropFirst(100))
        #expect(runs.run(audience: 1, cursor: inside) == nil)
        #expect(runs.run(audience: 2, cursor: Cursor(position: 2)) == nil)
        #expect(runs.run(audience: 2, cursor: Cursor(position: 9)) == nil)
        runs.removeAll()
        #expect(runs.run(audience: 2, cursor: inside) == nil)
    }
}
