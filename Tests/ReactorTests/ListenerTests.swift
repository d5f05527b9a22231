// Listening and accepting on loopback.

import Foundation
import Reactor
import Testing

@Suite struct `Listeners` {
    @Test func `with port 0 the kernel chooses a port that can be connected to`() throws {
        let pair = try Connected()
        #expect(pair.listener.port > 0)
        #expect(pair.address.low == 0xFFFF_7F00_0001 && pair.address.high == 0)
    }

    @Test func `with nobody waiting, accepting would block`() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0)
        guard case .wouldBlock = listener.accept() else {
            Issue.record("nobody was waiting")
            return
        }
    }

    @Test func `an accepted connection does not block either`() throws {
        let pair = try Connected()
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(Socket.receive(pair.server.number, into: &buffer) == .wouldBlock)
    }

    @Test func `every waiting connection is accepted, and then none`() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0)
        var clients: [Int32] = []
        defer { for client in clients { Socket.close(client) } }
        for _ in 0..<20 {
            clients.append(try Socket.connect(host: "127.0.0.1", port: listener.port).release())
        }
        var accepted = 0
        while accepted < 20, waitFor(listener.descriptor.number, .read) {
            while case .accepted(let number, _) = listener.accept() {
                Socket.close(number)
                accepted += 1
            }
        }
        #expect(accepted == 20)
    }

    @Test func `several loops listen on one port`() throws {
        let first = try Listener(host: "127.0.0.1", port: 0)
        let second = try Listener(host: "127.0.0.1", port: first.port)
        #expect(second.port == first.port)
        #expect(second.descriptor.number != first.descriptor.number)
    }

    @Test func `a port that another program holds is in use`() throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        #expect(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr) == 1)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(number, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(bound == 0 && listen(number, 1) == 0)
        let port = Listener(owning: dup(number)).port
        #expect(throws: Errno.addressInUse) {
            _ = try Listener(host: "127.0.0.1", port: port)
        }
    }

    @Test(arguments: ["", "localhost", "127.0.0", "256.0.0.1", "::g", "1:2:3", "127.0.0.1 "])
    func `a host that is no address is refused`(host: String) {
        #expect(throws: Errno(code: EINVAL)) {
            _ = try Listener(host: host, port: 0)
        }
    }

    @Test func `a listener moves to another owner with its port`() throws {
        let first = try Listener(host: "127.0.0.1", port: 0)
        let port = first.port
        let second = Listener(owning: first.release())
        #expect(second.port == port)
        let client = try Socket.connect(host: "127.0.0.1", port: port)
        #expect(waitFor(second.descriptor.number, .read))
        _ = consume client
    }

    @Test func `an IPv6 address is listened on too`() throws {
        do {
            let listener = try Listener(host: "::1", port: 0)
            #expect(listener.port > 0)
        } catch {
            // A machine without IPv6 says so.
            #expect([EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.code))
        }
    }

    @Test func `with no descriptor free, the queue is left alone`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let listener = try Listener(host: "127.0.0.1", port: 0)
            let client = try Socket.connect(host: "127.0.0.1", port: listener.port)
            guard waitFor(listener.descriptor.number, .read) else { exit(1) }
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            var limit = rlimit()
            guard getrlimit(resource, &limit) == 0 else { exit(2) }
            let usual = limit.rlim_cur
            // Lower numbers may be free: take them all, then one more has no place.
            var last = client.number
            while last <= client.number { last = dup(client.number) }
            limit.rlim_cur = rlim_t(last + 1)
            guard setrlimit(resource, &limit) == 0 else { exit(2) }
            guard case .exhausted = listener.accept() else { exit(3) }
            limit.rlim_cur = usual
            guard setrlimit(resource, &limit) == 0 else { exit(4) }
            // The connection was not lost.
            guard case .accepted = listener.accept() else { exit(5) }
            exit(7)
        }
    }
}
