// A relay between a hub and its Postgres that cuts the hub's committing connection: it hands on a
// part of a flight of statements or of its answer, or nothing of it, and closes. So the batch is
// durable, or not, and the hub does not know.

import CLinux
import Foundation
import Synchronization

/// A unix socket that leads to another one, with faults.
package final class PostgresRelay: Sendable {
    /// The folder of its socket: `host` of a connection string.
    package let folder: String
    private let target: String
    private let oneIn: Int
    private let random = Mutex(TestSeed.random("relay"))
    private let cuts = Mutex(0)
    private let cutting = Mutex(true)
    private let listener: Int32

    /// A relay in a new folder that cuts one in so many flights, and one in so many answers.
    package init(to socketFolder: String, folder: String, cutsOneIn oneIn: Int) throws {
        self.folder = folder
        self.oneIn = oneIn
        target = socketFolder + "/.s.PGSQL.5432"
        guard mkdir(folder, 0o755) == 0 else { throw ProcessFailure("no folder \(folder)") }
        let entry = PostgresRelay.socket()
        listener = entry
        let path = folder + "/.s.PGSQL.5432"
        guard PostgresRelay.withAddress(path, { bind(entry, $0, $1) }) == 0,
            listen(entry, 64) == 0
        else { throw ProcessFailure("no relay at \(path)") }
        _ = TestThread { [self] in
            while true {
                let client = accept4(entry, nil, nil, 0o2_000_000)
                guard client >= 0 else { return }
                _ = TestThread { [self] in relay(client) }
            }
        }
    }

    /// How often it cut.
    package var cutCount: Int { cuts.withLock { $0 } }

    /// Hands everything on from now on.
    package func stopCutting() {
        cutting.withLock { $0 = false }
    }

    /// Takes no more connections.
    package func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func relay(_ client: Int32) {
        defer { Glibc.close(client) }
        let server = PostgresRelay.socket()
        defer { Glibc.close(server) }
        guard PostgresRelay.withAddress(target, { connect(server, $0, $1) }) == 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 262_144)
        var flights = 0
        var isCommitter = false
        var entries = [
            pollfd(fd: client, events: Int16(POLLIN), revents: 0),
            pollfd(fd: server, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            guard poll(&entries, 2, -1) > 0 else { continue }
            if entries[0].revents != 0 {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                if flights == 0 { isCommitter = PostgresRelay.isCommitter(buffer[..<count]) }
                flights += 1
                if isCommitter, flights > 2, let kept = cut(count) {
                    _ = PostgresRelay.send(buffer[..<kept], to: server)
                    return
                }
                guard PostgresRelay.send(buffer[..<count], to: server) else { return }
            }
            if entries[1].revents != 0 {
                let count = recv(server, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                // The first two flights make the connection.
                if isCommitter, flights > 2, let kept = cut(count) {
                    _ = PostgresRelay.send(buffer[..<kept], to: client)
                    return
                }
                guard PostgresRelay.send(buffer[..<count], to: client) else { return }
            }
        }
    }

    /// How much is handed on before the cut; nil when it is not cut.
    private func cut(_ count: Int) -> Int? {
        guard cutting.withLock({ $0 }) else { return nil }
        let kept = random.withLock { random -> Int? in
            guard Int.random(in: 0..<oneIn, using: &random) == 0 else { return nil }
            return Bool.random(using: &random) ? 0 : Int.random(in: 0..<count, using: &random)
        }
        if kept != nil { cuts.withLock { $0 += 1 } }
        return kept
    }

    /// Whether a connection's first message names the hub's committer.
    private static func isCommitter(_ message: ArraySlice<UInt8>) -> Bool {
        String(decoding: message, as: UTF8.self).contains(" commit\0")
    }

    private static func socket() -> Int32 {
        Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
    }

    private static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, 0x4000)
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            place.copyBytes(from: path.utf8.prefix(place.count - 1))
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
