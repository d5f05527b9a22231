// Ids as text: what we write is read back, and nothing else is.

import EventLog
import Testing

@Suite struct ResumePointTests {
    @Test func `an id that was written is read back`() {
        for position in [0, 1, 42, UInt64.max] {
            let id = EventID(epoch: sampleEpoch, position: position)
            #expect(ResumePoint(parsing: id.text) == .id(id))
        }
        #expect(EventID(epoch: sampleEpoch, position: 42).text == "5f3a09c1-42")
        #expect(EventID(epoch: Epoch(rawValue: 0xab), position: 0).text == "000000ab-0")
    }

    @Test func `zero is before the first event`() {
        #expect(ResumePoint(parsing: "0") == .start)
    }

    @Test(arguments: [
        "", "1", "00", "-", "5f3a09c1", "5f3a09c1-", "5f3a09c1-042", "5f3a09c1-00",
        "5f3a09c1-+4", "5f3a09c1--4", "5f3a09c1-4 ", " 5f3a09c1-4", "5F3A09C1-4", "5f3a09c-14",
        "5f3a09c1a-4", "5f3a09g1-4", "5f3a09c1-18446744073709551616",
        "5f3a09c1-99999999999999999999", "5f3a09c1-4x", "5f3a09c1_4", "5f3a09c1-٤", "null",
    ])
    func `anything else is malformed`(text: String) {
        #expect(ResumePoint(parsing: text) == .malformed(text))
    }

    @Test func `of an endless id only the start is kept`() {
        let text = "5f3a09c1-" + String(repeating: "4", count: 100_000)
        #expect(ResumePoint(parsing: text) == .malformed(String(text.prefix(128))))
    }

    @Test func `an epoch is exactly eight lowercase hex digits`() {
        #expect(Epoch("5f3a09c1") == sampleEpoch)
        #expect(Epoch("ffffffff")?.text == "ffffffff")
        for text in ["", "5f3a09c", "5f3a09c1a", "5F3A09C1", "5f3a09c ", "0x3a09c1", "५f3a09"] {
            #expect(Epoch(text) == nil)
        }
    }
}
