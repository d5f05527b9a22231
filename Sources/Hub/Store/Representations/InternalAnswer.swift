// Answers that no client sees: they go to the processors, through the same door as all others.

import Domain
import Wire

extension RenderedAnswer {
    /// The cursor that came with a lease; nil for every other answer.
    package var leasedCursor: UInt64? {
        guard status == 200, let document = try? JSONDocument(body) else { return nil }
        return document.member("leased", of: document.root)
            .flatMap { document.string($0) }.flatMap { UInt64($0) }
    }

    /// How many effects and dead letters a step had; nil for every other answer.
    package var processed: (effects: Int, deadLetters: Int)? {
        guard status == 200, let document = try? JSONDocument(body),
            let effects = document.member("effects", of: document.root)
                .flatMap({ document.integer($0) }),
            let letters = document.member("dead_letters", of: document.root)
                .flatMap({ document.integer($0) })
        else { return nil }
        return (effects, letters)
    }

    /// The answer to a processor; 204 for what has nothing to say.
    static func internalAnswer(_ answer: Answer) -> RenderedAnswer {
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        switch answer {
        case .leased(let cursor):
            writer.name("leased")
            writer.quotedInteger(cursor)
        case .processed(let effects, let deadLetters):
            writer.member("effects", effects)
            writer.member("dead_letters", deadLetters)
        default: return RenderedAnswer(status: 204)
        }
        writer.endObject()
        return RenderedAnswer(status: 200, body: writer.bytes)
    }
}
