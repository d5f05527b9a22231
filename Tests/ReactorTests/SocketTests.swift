// Sockets as their callers see them: bytes in order, and outcomes instead of errors.

import Foundation
import Reactor
import Support
import Testing

@Suite struct `Sockets` {
    @Test func `what is sent is received, in both directions`() throws {
        let pair = try Connected()
        let hello = Array("hello".utf8)
        try sendAll(pair.client.number, hello)
        #expect(try receiveAll(pair.server.number, count: 5) == hello)
        try sendAll(pair.server.number, Array("world".utf8))
        #expect(try receiveAll(pair.client.number, count: 5) == Array("world".utf8))
    }

    @Test func `bytes are received behind those that are there, and nothing else is touched`() {
        let ends = makeStream()
        defer {
            Socket.close(ends.left)
            Socket.close(ends.right)
        }
        #expect(Socket.send(ends.left, Array("abcdef".utf8), 1..<4) == .sent(3))
        var buffer = [UInt8](repeating: 0x2E, count: 8)
        #expect(Socket.receive(ends.right, into: &buffer, at: 2) == .bytes(3))
        #expect(buffer == Array("..bcd...".utf8))
    }

    @Test func `an empty socket would block, and an ended one says so`() throws {
        let pair = try Connected()
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(Socket.receive(pair.server.number, into: &buffer) == .wouldBlock)
        try sendAll(pair.client.number, [1])
        Socket.finishSending(pair.client.number)
        #expect(try receiveAll(pair.server.number, count: 1) == [1])
        #expect(waitFor(pair.server.number, .read))
        #expect(Socket.receive(pair.server.number, into: &buffer) == .ended)
        // The other direction is still open.
        try sendAll(pair.server.number, [2])
        #expect(try receiveAll(pair.client.number, count: 1) == [2])
    }

    @Test func `sending nothing sends nothing`() {
        let ends = makeStream()
        defer {
            Socket.close(ends.left)
            Socket.close(ends.right)
        }
        #expect(Socket.send(ends.left, [], 0..<0) == .sent(0))
        #expect(Socket.send(ends.left, [1, 2], 1..<1) == .sent(0))
        var buffer = [UInt8](repeating: 0, count: 1)
        #expect(Socket.receive(ends.right, into: &buffer) == .wouldBlock)
    }

    @Test func `a full socket would block, and goes on when the peer has read`() throws {
        let pair = try Connected()
        var random = TestSeed.random("full sockets")
        var sent: [UInt8] = []
        filling: while true {
            let chunk = (0..<65_536).map { _ in UInt8.random(in: 0...255, using: &random) }
            switch Socket.send(pair.client.number, chunk, 0..<chunk.count) {
            case .sent(let count): sent += chunk[..<count]
            case .wouldBlock: break filling
            case .failed(let error): throw error
            }
        }
        #expect(sent.count > 65_536)
        #expect(try receiveAll(pair.server.number, count: sent.count) == sent)
        #expect(waitFor(pair.client.number, .write))
        #expect(Socket.send(pair.client.number, [1, 2, 3], 0..<3) == .sent(3))
        #expect(try receiveAll(pair.server.number, count: 3) == [1, 2, 3])
    }

    @Test func `sending to a peer that is gone is an outcome, not the end of the program`() {
        let ends = makeStream()
        defer { Socket.close(ends.left) }
        Socket.close(ends.right)
        #expect(Socket.send(ends.left, [1], 0..<1) == .failed(Errno(code: EPIPE)))
    }

    @Test func `a connection that was torn down is an outcome`() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0)
        let client = try Socket.connect(host: "127.0.0.1", port: listener.port)
        #expect(waitFor(listener.descriptor.number, .read))
        guard case .accepted(let server, _) = listener.accept() else {
            throw Failed(what: "nothing to accept")
        }
        // Closing with bytes unread and no patience sends RST.
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            server, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Socket.close(server)
        #expect(waitFor(client.number, .read))
        var buffer = [UInt8](repeating: 0, count: 8)
        let outcome = Socket.receive(client.number, into: &buffer)
        #expect(outcome == .failed(Errno(code: ECONNRESET)))
    }

    @Test func `a port where nobody listens refuses the connection`() throws {
        let port = try {
            let listener = try Listener(host: "127.0.0.1", port: 0)
            return listener.port
        }()
        do {
            let client = try Socket.connect(host: "127.0.0.1", port: port)
            #expect(waitFor(client.number, .write))
            #expect(Socket.connectError(client.number) == Errno(code: ECONNREFUSED))
        } catch {
            #expect(error.code == ECONNREFUSED)
        }
    }

    @Test func `a connection that succeeded has no error`() throws {
        let pair = try Connected()
        #expect(waitFor(pair.client.number, .write))
        #expect(Socket.connectError(pair.client.number) == nil)
    }

    @Test func `a host that is no IPv4 address is refused`() {
        #expect(throws: Errno(code: EINVAL)) {
            _ = try Socket.connect(host: "localhost", port: 1)
        }
        #expect(throws: Errno(code: EINVAL)) {
            _ = try Socket.connect(host: "::1", port: 1)
        }
    }

    @Test func `a range outside the buffer is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = Socket.send(0, [1, 2, 3], 1..<4)
        }
        await #expect(processExitsWith: .failure) {
            var full = [UInt8](repeating: 0, count: 4)
            _ = Socket.receive(0, into: &full, at: 4)
        }
    }
}
