// Texts that look the same and are not: an accented letter in one piece and in two. The database
// tells them apart, so the hub must, whatever else is in a batch.

import Domain
import Testing

@testable import Store

@Suite struct `Texts that only look the same` {
    private var samples = CommandSamples(seed: SeededGenerator.testSeed("exact texts"))
    private let texts = ["\u{e9}", "e\u{301}"]

    /// What is asked twice for each of the texts: everything that finds something by a text.
    private mutating func requests() -> [CommandRequest] {
        var requests: [CommandRequest] = []
        for text in texts + texts {
            let source = EventSource(source: "/" + text, id: text)
            requests += [
                samples.now(.createLead(samples.createLead(email: "jos\(text)@x.test"))),
                samples.now(.publishEvents(samples.publish(source: source))),
                samples.now(.publishEvents(samples.publish()), by: text, key: "k"),
                samples.now(.publishEvents(samples.publish()), key: text),
            ]
        }
        // Of two who look the same, one withdraws.
        let withdrawal = samples.consent(subject: "users/" + texts[0], .withdrawn)
        requests.append(samples.now(.recordConsent(withdrawal)))
        for text in texts {
            requests.append(samples.now(.publishEvents(samples.publish(user: text))))
        }
        let grant = samples.consent(subject: "users/" + texts[1], .granted)
        requests.append(samples.now(.recordConsent(grant)))
        for text in texts {
            requests.append(samples.now(.publishEvents(samples.publish(user: text))))
        }
        return requests
    }

    @Test(arguments: [1, 2, 5, 100])
    mutating func `are two, in batches of any size`(batchSize: Int) throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        var rest = requests()[...]
        var answers: [RenderedAnswer] = []
        while !rest.isEmpty {
            answers += try rig.submit(Array(rest.prefix(batchSize)))
            rest = rest.dropFirst(batchSize)
        }
        let first = [201, 202, 202, 202]
        let again = [409, 202, 202, 202]
        #expect(
            answers.map(\.status) == first + first + again + again + [201, 403, 202]
                + [201, 403, 202])
        // The same CloudEvent and the same key have the first answer; the other text's is another.
        for place in 1...3 {
            #expect(answers[place].location == answers[place + 8].location)
            #expect(answers[place + 4].location == answers[place + 12].location)
            #expect(answers[place].location != answers[place + 4].location)
        }
        #expect(try database.number("SELECT count(*) FROM leads") == 2)
        #expect(try database.number("SELECT count(*) FROM event_sources") == 2)
        #expect(try database.number("SELECT count(*) FROM idempotency") == 4)
        #expect(try database.number("SELECT count(*) FROM consent_now") == 2)
        #expect(try database.isDense())
    }
}
