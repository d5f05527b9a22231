// Queues: first in, first out, however many come and go.

import Reactor
import Testing

@Suite struct `Queues` {
    @Test func `what came first goes first, however many come and go`() {
        var queue = Queue<Int>()
        var taken: [Int] = []
        var next = 0
        for round in 0..<100 {
            for _ in 0..<130 {
                queue.append(next)
                next += 1
            }
            for _ in 0..<(round < 99 ? 110 : queue.count) {
                if let element = queue.popFirst() { taken.append(element) }
            }
        }
        #expect(taken == Array(0..<next))
        #expect(queue.isEmpty && queue.popFirst() == nil)
    }
}
