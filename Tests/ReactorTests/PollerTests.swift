// Readiness: who is heard, as what, how often, and for how long.

import Foundation
import Reactor
import Testing

@Suite struct `Pollers` {
    private func ready(_ poller: inout Poller) -> [UInt64: Readiness] {
        let count = poller.sleepUntilReady(timeoutMilliseconds: 0)
        var found: [UInt64: Readiness] = [:]
        for index in 0..<count {
            let readiness = poller.readiness(at: index)
            found[readiness.token] = readiness
        }
        return found
    }

    private func withStream(_ body: (Int32, Int32) throws -> Void) rethrows {
        let ends = makeStream()
        defer {
            Socket.close(ends.left)
            Socket.close(ends.right)
        }
        try body(ends.left, ends.right)
    }

    @Test func `a socket is readable when there are bytes, under its own token`() throws {
        try withStream { left, right in
            var poller = try Poller()
            try poller.add(right, token: .max, interest: .read)
            #expect(ready(&poller).isEmpty)
            try sendAll(left, [1])
            let found = ready(&poller)
            #expect(found.keys.sorted() == [.max])
            #expect(found[.max]?.isReadable == true && found[.max]?.isWritable == false)
            #expect(found[.max]?.isHungUp == false)
        }
    }

    @Test func `what was not read is heard again, unless asked at the edge`() throws {
        try withStream { left, right in
            var level = try Poller()
            var edge = try Poller()
            try level.add(right, token: 1, interest: .read)
            try edge.add(right, token: 1, interest: [.read, .edge])
            try sendAll(left, [1])
            for _ in 0..<3 { #expect(ready(&level).count == 1) }
            #expect(ready(&edge).count == 1)
            #expect(ready(&edge).isEmpty)
            try sendAll(left, [2])
            #expect(ready(&edge).count == 1)
        }
    }

    @Test func `writing is heard when it was asked for and there is room`() throws {
        try withStream { left, right in
            var poller = try Poller()
            try poller.add(left, token: 3, interest: .read)
            #expect(ready(&poller).isEmpty)
            try poller.modify(left, token: 4, interest: [.read, .write])
            #expect(ready(&poller)[4]?.isWritable == true)
            let chunk = [UInt8](repeating: 7, count: 65_536)
            var isFull = false
            while !isFull { isFull = Socket.send(left, chunk, 0..<chunk.count) == .wouldBlock }
            #expect(ready(&poller)[4]?.isWritable != true)
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while case .bytes = Socket.receive(right, into: &buffer) {}
            #expect(ready(&poller)[4]?.isWritable == true)
        }
    }

    @Test func `a peer that has sent its last byte is readable, one that is gone is hung up`()
        throws
    {
        let ends = makeStream()
        var poller = try Poller()
        try poller.add(ends.right, token: 1, interest: .read)
        Socket.finishSending(ends.left)
        let ended = ready(&poller)[1]
        #expect(ended?.isReadable == true && ended?.isHungUp == false)
        Socket.close(ends.left)
        let gone = ready(&poller)[1]
        #expect(gone?.isReadable == true && gone?.isHungUp == true)
        Socket.close(ends.right)
    }

    @Test func `what was removed or closed is not heard`() throws {
        let first = makeStream()
        let second = makeStream()
        var poller = try Poller()
        try poller.add(first.right, token: 1, interest: .read)
        try poller.add(second.right, token: 2, interest: .read)
        try sendAll(first.left, [1])
        try sendAll(second.left, [1])
        poller.remove(first.right)
        #expect(ready(&poller).keys.sorted() == [2])
        Socket.close(second.right)
        #expect(ready(&poller).isEmpty)
        // Removing again is harmless.
        poller.remove(first.right)
        for number in [first.left, first.right, second.left] { Socket.close(number) }
    }

    @Test func `more events than one wait holds are heard by the next ones`() throws {
        var poller = try Poller(eventsMax: 3)
        var ends: [(left: Int32, right: Int32)] = []
        defer {
            for end in ends {
                Socket.close(end.left)
                Socket.close(end.right)
            }
        }
        for token in 0..<10 {
            let stream = makeStream()
            ends.append(stream)
            try poller.add(stream.right, token: UInt64(token), interest: .read)
            try sendAll(stream.left, [1])
        }
        var heard: Set<UInt64> = []
        for _ in 0..<10 {
            let found = ready(&poller)
            #expect(found.count <= 3)
            heard.formUnion(found.keys)
        }
        #expect(heard.count == 10)
    }

    @Test func `a wait without events ends at its time-out`() throws {
        var poller = try Poller()
        let before = Clock.monotonicMilliseconds()
        #expect(poller.sleepUntilReady(timeoutMilliseconds: 20) == 0)
        #expect(Clock.monotonicMilliseconds() - before >= 19)
    }

    @Test func `a descriptor is watched once`() throws {
        try withStream { _, right in
            let poller = try Poller()
            try poller.add(right, token: 1, interest: .read)
            #expect(throws: Errno(code: EEXIST)) {
                try poller.add(right, token: 2, interest: .read)
            }
        }
    }

    @Test func `watching what is closed is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            let ends = makePipe()
            close(ends.read)
            let poller = try Poller()
            try poller.add(ends.read, token: 1, interest: .read)
        }
    }
}
