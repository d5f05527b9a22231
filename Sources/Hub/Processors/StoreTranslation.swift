// Between the engine's words and the Store's: what is read, and what came of a read or a command.

import Domain
import Store

extension EngineAnswer {
    /// What a rendered answer says.
    init(_ answer: RenderedAnswer) {
        switch answer.code {
        case "lease_held": self = .leaseHeld
        case "cursor_moved": self = .cursorMoved
        case "unavailable", "outcome_unknown":
            self = .unavailable(
                retryAfterMilliseconds: Int64(answer.retryAfterSeconds ?? 1) * 1_000)
        case let code?: self = .failed(code: code)
        case nil:
            if let cursor = answer.leasedCursor {
                self = .leased(cursor: cursor)
            } else if let (effects, deadLetters) = answer.processed {
                self = .processed(effects: effects, deadLetters: deadLetters)
            } else {
                self = .recorded
            }
        }
    }
}

extension EngineRead {
    /// How many dead letters are tried again at once.
    private static let replaysMax = 100

    /// What the Store is asked.
    var query: ReadQuery {
        switch self {
        case .page(let page): .page(page)
        case .head: .head
        case .model: .model
        case .replays:
            .records(
                RecordsQuery(
                    .deadLetters, limit: EngineRead.replaysMax, newestFirst: false,
                    filters: ["state": .text(DeadLetterState.replaying.rawValue)]))
        }
    }
}

extension EngineReadOutcome {
    /// What the Store gave.
    init(_ outcome: ReadOutcome) {
        switch outcome {
        case .page(_, let segment): self = .page(segment)
        case .head(let head): self = .head(head)
        case .model(let saved): self = .model(saved?.bytes)
        case .records(let records, _):
            self = .replays(
                records.compactMap { record in
                    guard case .deadLetter(let letter) = record else { return nil }
                    return letter
                })
        default: self = .unavailable
        }
    }
}
