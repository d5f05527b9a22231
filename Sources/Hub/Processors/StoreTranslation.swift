// Between the engine's words and the Store's: what is read, and what came of a read or a command.

import Domain
import EventLog
import Store
import Wire

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
        case nil: self = EngineAnswer(body: answer.body)
        }
    }

    private init(body: [UInt8]) {
        guard !body.isEmpty, let document = try? JSONDocument(body) else {
            self = .recorded
            return
        }
        func number(_ name: String) -> Int? {
            document.member(name, of: document.root).flatMap { value in
                document.integer(value) ?? document.string(value).flatMap { Int($0) }
            }
        }
        if let cursor = number("cursor") {
            self = .leased(cursor: UInt64(clamping: cursor))
        } else if let effects = number("effects") {
            self = .processed(effects: effects, deadLetters: number("dead_letters") ?? 0)
        } else {
            self = .recorded
        }
    }
}

extension EngineRead {
    /// What the Store is asked.
    var query: ReadQuery {
        switch self {
        case .page(let page): .page(page)
        case .head: .head
        case .model: .head
        case .replays: .head
        case .rules: .head
        }
    }
}

extension EngineReadOutcome {
    /// What the Store gave for a read.
    init(_ outcome: ReadOutcome, of read: EngineRead) {
        switch (outcome, read) {
        case (.page(_, let segment), .page): self = .page(segment)
        case (.head(let head), .head): self = .head(head)
        case (.head, .model): self = .model(nil)
        case (.head, .replays): self = .replays([])
        case (.head, .rules): self = .rules(WorkflowRule.standard)
        default: self = .unavailable
        }
    }
}
