// The model as a fold of the log: late, doubled and corrected feedback, bounded memory, and
// snapshots that go on to the bit.

import Support
import Testing

@testable import Domain

/// One event of a made-up log.
private enum Entry {
    case decision(LoggedDecision)
    case feedback(Feedback)
    case other
}

extension ModelState {
    fileprivate mutating func fold(_ entry: Entry, at position: UInt64) {
        switch entry {
        case .decision(let decision): remember(decision, position: position)
        case .feedback(let feedback): learn(feedback, position: position)
        case .other: advance(to: position)
        }
    }
}

@Suite struct `The learned state` {
    private let first = UniqueID(high: 1, low: 1)
    private let second = UniqueID(high: 1, low: 2)

    private func decision(_ number: UInt64, action: String = "call") -> LoggedDecision {
        LoggedDecision(
            id: UniqueID(high: 2, low: number), model: "leads",
            features: Features([Feature("size", Double(number * 13 % 50)), Feature("s", "web")]),
            action: action, propensity: 0.5)
    }

    private func fresh() -> ModelState {
        ModelState(exploration: .standard, rememberedMax: 100)
    }

    /// Decisions with feedback that is late, doubled, corrected, or about nothing.
    private func log(count: Int, for purpose: String) -> [Entry] {
        var random = TestSeed.random(purpose)
        var log: [Entry] = []
        var said: [Feedback] = []
        for number in 0..<UInt64(count) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                log.append(.decision(decision(number, action: random.pick(["call", "wait"]))))
            case 4..<8:
                let feedback = Feedback(
                    id: UniqueID(high: 3, low: number),
                    decision: UniqueID(high: 2, low: UInt64.random(in: 0...number, using: &random)),
                    reward: Double.random(in: -1...1, using: &random))
                said.append(feedback)
                log.append(.feedback(feedback))
            case 8 where !said.isEmpty: log.append(.feedback(random.pick(said)))
            default: log.append(.other)
            }
        }
        return log
    }

    @Test func `learns once from feedback that comes twice`() {
        var state = fresh()
        state.remember(decision(1), position: 1)
        let feedback = Feedback(id: first, decision: decision(1).id, reward: 0.8)
        #expect(state.learn(feedback, position: 2) == .learned)
        var once = state
        #expect(state.learn(feedback, position: 2) == .duplicate)
        #expect(state.learn(feedback, position: 3) == .duplicate)
        once.advance(to: 3)
        #expect(state == once)
        #expect(state.version == 1)
    }

    @Test func `takes the last reward of a decision, as if it had been the first`() {
        var corrected = fresh()
        var right = fresh()
        corrected.remember(decision(1), position: 1)
        right.remember(decision(1), position: 1)
        let wrong = Feedback(id: first, decision: decision(1).id, reward: -1)
        #expect(corrected.learn(wrong, position: 2) == .learned)
        let word = Feedback(id: second, decision: decision(1).id, reward: 0.5)
        #expect(corrected.learn(word, position: 3) == .corrected)
        // The first word delivered again does not undo the correction.
        #expect(corrected.learn(wrong, position: 4) == .duplicate)
        right.learn(word, position: 4)
        var scratch = ScoringScratch()
        var means: [Double] = []
        for state in [corrected, right] {
            state.model("leads").estimate(
                decision(9).features, actions: ["call"], into: &scratch)
            means.append(scratch.estimates[0].mean)
        }
        #expect(abs(means[0] - means[1]) < 1e-12)
        #expect(corrected.model("leads").updateCount == 1)
    }

    @Test func `has nothing to learn from feedback on what it does not know`() {
        var state = fresh()
        let feedback = Feedback(id: first, decision: decision(1).id, reward: 1)
        #expect(state.learn(feedback, position: 1) == .unknownDecision)
        #expect(state.version == 0)
        #expect(state.position == 1)
    }

    @Test func `remembers so many decisions and gives up the oldest`() {
        var state = fresh()
        for number in 1...1_000 {
            state.remember(decision(UInt64(number)), position: UInt64(number))
        }
        #expect(state.rememberedCount == 100)
        #expect(state.remembered(decision(900).id) == nil)
        #expect(state.remembered(decision(901).id) == decision(901))
        let late = Feedback(id: first, decision: decision(901).id, reward: 1)
        #expect(state.learn(late, position: 1_001) == .learned)
    }

    @Test func `remembers the latest score of a subject that is scored again and again`() {
        var state = fresh()
        for position in 1...5_000 {
            state.remember(decision(UInt64(position % 40)), position: UInt64(position))
        }
        #expect(state.rememberedCount == 40)
        for number in 100...170 {
            state.remember(decision(UInt64(number)), position: UInt64(6_001 + number))
        }
        #expect(state.rememberedCount == 100)
        // Subjects 1 … 11 were scored longest ago, for 5,000 was the turn of subject 0.
        #expect(state.remembered(decision(11).id) == nil)
        #expect(state.remembered(decision(12).id) != nil)
        #expect(state.remembered(decision(0).id) != nil)
    }

    @Test func `is the same to the bit after the same log, and after a snapshot on the way`() {
        let log = log(count: 600, for: "the learned state")
        var straight = fresh()
        var stopping = fresh()
        for (index, entry) in log.enumerated() {
            straight.fold(entry, at: UInt64(index + 1))
            stopping.fold(entry, at: UInt64(index + 1))
            guard index % 97 == 0 else { continue }
            let bytes = stopping.serialized()
            guard let again = ModelState(serialized: bytes) else {
                Issue.record("a snapshot that can't be read, at \(index)")
                return
            }
            #expect(again == stopping)
            #expect(again.serialized() == bytes)
            stopping = again
        }
        #expect(stopping == straight)
        #expect(stopping.serialized() == straight.serialized())
        #expect(straight.version > 50)
    }

    @Test func `is not moved by an event that it has passed`() {
        let log = log(count: 200, for: "a repeated log")
        var state = fresh()
        for (index, entry) in log.enumerated() { state.fold(entry, at: UInt64(index + 1)) }
        let once = state
        for (index, entry) in log.enumerated() { state.fold(entry, at: UInt64(index + 1)) }
        #expect(state == once)
    }

    @Test func `is not read from bytes that are cut, overlong or changed in shape`() {
        var state = fresh()
        state.remember(decision(1), position: 1)
        state.remember(decision(2, action: "wait"), position: 2)
        state.learn(Feedback(id: first, decision: decision(1).id, reward: 1), position: 3)
        let bytes = state.serialized()
        for count in 0..<bytes.count {
            #expect(ModelState(serialized: Array(bytes.prefix(count))) == nil)
        }
        #expect(ModelState(serialized: bytes + [0]) == nil)
        // Whatever single byte is changed, reading it and going on does not trap.
        var random = TestSeed.random("a broken snapshot")
        for _ in 0..<2_000 {
            var broken = bytes
            broken[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                in: 0...255, using: &random)
            guard var read = ModelState(serialized: broken) else { continue }
            var scratch = ScoringScratch()
            _ = read.score(kind: "leads", decision(3).features, scratch: &scratch)
            read.model("leads").estimate(decision(3).features, actions: ["call"], into: &scratch)
            guard read.position < 1 << 62 else { continue }
            read.learn(
                Feedback(id: second, decision: decision(2).id, reward: 1),
                position: read.position + 1)
        }
    }

    @Test func `brings any reward into its range, and reads ratings`() {
        #expect(Feedback(id: first, decision: second, reward: 7).reward == 1)
        #expect(Feedback(id: first, decision: second, reward: -.infinity).reward == -1)
        #expect(Feedback(id: first, decision: second, reward: .nan).reward == 0)
        #expect(Feedback.reward(rating: 5, reward: nil) == 1)
        #expect(Feedback.reward(rating: 1, reward: nil) == -1)
        #expect(Feedback.reward(rating: 1, reward: 0.25) == 0.25)
        #expect(Feedback.reward(rating: nil, reward: nil) == nil)
    }
}
