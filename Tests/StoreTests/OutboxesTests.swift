// In which order the loops hear what the store thread has to say at the end of a turn.

import EventLog
import Testing

@testable import Store

@Suite struct OutboxesTests {
    private let epoch = Epoch(rawValue: 1)

    private func segment() -> Segment {
        let event = LoggedEvent(
            position: 1, name: "n", subject: "s", text: Array(#"{"a":1}"#.utf8))
        return Segment(epoch: epoch, events: [event], masks: .none)
    }

    private func answer(loop: Int) -> StoreMail {
        .answered(
            Ticket(loop: loop, connection: 1, sequence: 1),
            RenderedAnswer(.notAcceptable, traceID: ""))
    }

    private func names(_ posts: [(loop: Int, mail: [StoreMail])]) -> [String] {
        posts.flatMap { post in
            post.mail.map { mail in
                let name =
                    switch mail {
                    case .replace: "replace"
                    case .access: "access"
                    case .append: "append"
                    case .answered: "answered"
                    case .committed: "committed"
                    case .read: "read"
                    }
                return "\(name) \(post.loop)"
            }
        }
    }

    @Test func `every loop has the news before any is answered, however a commit is heard of`() {
        var outboxes = Outboxes(loopCount: 3)
        outboxes.noteCommitted()
        outboxes.addForAll(.append(segment()))
        outboxes.add(answer(loop: 0), for: 0)
        outboxes.noteCommitted()
        #expect(
            names(outboxes.take()) == [
                "append 0", "append 1", "append 2", "answered 0", "committed 0", "committed 1",
                "committed 2",
            ])
        #expect(outboxes.take().isEmpty)
    }

    @Test func `a loop hears in the order in which things were said`() {
        var outboxes = Outboxes(loopCount: 2)
        outboxes.add(answer(loop: 1), for: 1)
        outboxes.addForAll(.append(segment()))
        #expect(names(outboxes.take()) == ["append 0", "answered 1", "append 1"])
    }
}
