// Mail between threads: nothing is lost, nothing overtakes, and many messages cost one wake.

import Foundation
import Reactor
import Support
import Synchronization
import Testing

@Suite struct `Mailboxes` {
    private struct Message: Sendable {
        let poster: Int
        let number: Int
    }

    /// How often the owner was woken since it last looked.
    private func wakes(_ wakeup: Wakeup) -> UInt64 {
        var count: UInt64 = 0
        return read(wakeup.descriptor, &count, 8) == 8 ? count : 0
    }

    @Test func `many messages into an empty mailbox are one wake`() throws {
        let wakeup = try Wakeup()
        let mailbox = Mailbox<Int>(wakeup: wakeup)
        for number in 0..<1000 { mailbox.post(number) }
        mailbox.post(contentsOf: [1000, 1001])
        #expect(wakes(wakeup) == 1)
        var taken: [Int] = []
        mailbox.takeAll(into: &taken)
        #expect(taken == Array(0...1001))
    }

    @Test func `the first message after all was taken wakes again`() throws {
        let wakeup = try Wakeup()
        let mailbox = Mailbox<Int>(wakeup: wakeup)
        var taken: [Int] = []
        for number in 0..<5 {
            mailbox.post(number)
            #expect(wakes(wakeup) == 1)
            mailbox.takeAll(into: &taken)
            #expect(taken == [number])
        }
    }

    @Test func `posting nothing wakes nobody`() throws {
        let wakeup = try Wakeup()
        let mailbox = Mailbox<Int>(wakeup: wakeup)
        mailbox.post(contentsOf: [])
        #expect(wakes(wakeup) == 0)
        var taken = [7]
        mailbox.takeAll(into: &taken)
        #expect(taken.isEmpty)
    }

    @Test func `several mailboxes wake one owner`() throws {
        let wakeup = try Wakeup()
        let first = Mailbox<Int>(wakeup: wakeup)
        let second = Mailbox<String>(wakeup: wakeup)
        first.post(1)
        second.post("a")
        #expect(wakes(wakeup) == 2)
    }

    @Test func `a wake is forgotten when it is cleared`() throws {
        let wakeup = try Wakeup()
        let mailbox = Mailbox<Int>(wakeup: wakeup)
        mailbox.post(1)
        #expect(waitFor(wakeup.descriptor, .read))
        wakeup.clear()
        #expect(wakes(wakeup) == 0)
        // Clearing when nobody woke does not block.
        wakeup.clear()
    }

    @Test func `across threads nothing is lost, and each poster's order is kept`() throws {
        let posters = 4
        let each = 20_000
        let wakeup = try Wakeup()
        let mailbox = Mailbox<Message>(wakeup: wakeup)
        var threads: [Reactor.Thread] = []
        for poster in 0..<posters {
            threads.append(
                try Reactor.Thread(name: "poster-\(poster)") {
                    var random = TestSeed.random("mail across threads", poster)
                    var number = 0
                    while number < each {
                        let count = min(each - number, Int.random(in: 1...5, using: &random))
                        if count == 1 {
                            mailbox.post(Message(poster: poster, number: number))
                        } else {
                            mailbox.post(
                                contentsOf: (number..<number + count).map {
                                    Message(poster: poster, number: $0)
                                })
                        }
                        number += count
                    }
                })
        }
        var poller = try Poller()
        try poller.add(wakeup.descriptor, token: 1, interest: .read)
        var next = [Int](repeating: 0, count: posters)
        var mail: [Message] = []
        var received = 0
        var isOrdered = true
        while received < posters * each {
            // Without a lost wake this never waits ten seconds.
            guard poller.sleepUntilReady(timeoutMilliseconds: 10_000) > 0 else { break }
            wakeup.clear()
            mailbox.takeAll(into: &mail)
            for message in mail {
                isOrdered = isOrdered && next[message.poster] == message.number
                next[message.poster] = message.number + 1
            }
            received += mail.count
        }
        for thread in threads { thread.join() }
        #expect(received == posters * each)
        #expect(isOrdered)
    }
}

@Suite struct `Threads` {
    private final class Notes: Sendable {
        let lines = Mutex<[String]>([])
    }

    @Test func `a thread runs its body under its name, and joining waits for it`() throws {
        let notes = Notes()
        let thread = try Reactor.Thread(name: "a-loop") {
            let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            notes.lines.withLock { $0.append(name ?? "") }
        }
        thread.join()
        #expect(notes.lines.withLock { $0 } == ["a-loop\n"])
    }

    @Test func `a long name is cut, not refused`() throws {
        let notes = Notes()
        let thread = try Reactor.Thread(name: "a-name-of-more-than-15-bytes") {
            let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            notes.lines.withLock { $0.append(name ?? "") }
        }
        thread.join()
        #expect(notes.lines.withLock { $0 } == ["a-name-of-more-\n"])
    }
}
