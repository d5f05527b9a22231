// Keys that a person wrote are compared as the database compares them.

import Testing

@testable import Domain

@Suite struct `Exact texts` {
    private let composed = "jos\u{e9}"
    private let decomposed = "jose\u{301}"

    @Test func `differ where their bytes do, and are sorted by them`() {
        #expect(composed == decomposed, "to Swift they are one")
        #expect(ExactText(composed) != ExactText(decomposed))
        #expect(Set([ExactText(composed), ExactText(decomposed), ExactText(composed)]).count == 2)
        let sorted = ["b", "\u{e9}", "a", "e\u{301}", ""].map { ExactText($0) }.sorted()
        #expect(sorted == ["", "a", "b", "e\u{301}", "\u{e9}"])
    }

    @Test func `make people, consent and events that look the same two`() {
        func principal(_ name: String) -> Principal { caller(name).principal }
        func consent(_ name: String) -> ConsentKey {
            ConsentKey(subject: "users/" + name, purpose: .contact)
        }
        func source(_ name: String) -> EventSource { EventSource(source: "/s", id: name) }
        #expect(principal(composed) != principal(decomposed))
        #expect(principal(composed) == principal(composed))
        #expect(consent(composed) != consent(decomposed))
        #expect(consent(composed) > consent(decomposed))
        #expect(source(composed) != source(decomposed))
        #expect(source(composed) > source(decomposed))
    }

    @Test func `keep a message from whoever's name looks like its recipient's`() throws {
        let id = UniqueID(high: 1, low: 2)
        var facts = Facts()
        facts.notifications[id] = Notification(
            id: id, recipient: composed, category: "task", title: "A", body: "B", subject: nil,
            createdAt: time())
        let command = Command.updateNotification(UpdateNotification(id: id, state: .read))
        _ = try decide(command, given: facts, by: caller(composed), at: time())
        let refused = refusal { () throws(Refusal) in
            _ = try decide(command, given: facts, by: caller(decomposed), at: time())
        }
        #expect(refused?.code == "not_found")
    }
}
