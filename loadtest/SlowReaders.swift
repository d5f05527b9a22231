// Readers that never read: what they are sent stays in the kernel's buffers, until the server has
// enough of them.

import Glibc
import Reactor

/// Streams that were asked for and are never read.
struct SlowReaders {
    private let descriptors: [Int32]

    /// Opens them, each with the smallest receive buffer that the kernel gives.
    init(_ streams: SubscribersOptions, count: Int) throws(LoadTestError) {
        let needed = count + streams.streamCount + streams.publishConnections + 32
        let allowed = Dialer.raiseDescriptorLimit()
        guard needed <= allowed else {
            throw .descriptorsTooFew(needed: needed, allowed: allowed)
        }
        let request = SubscribersRequest.bytes(
            target: streams.target, path: streams.streamPath, transport: streams.transport,
            token: streams.token)
        var opened: [Int32] = []
        for _ in 0..<count {
            guard let descriptor = SlowReaders.open(streams.target, request) else {
                for descriptor in opened { Socket.close(descriptor) }
                throw .unreachable("a slow reader was not accepted")
            }
            opened.append(descriptor)
        }
        descriptors = opened
    }

    private static func open(_ target: LoadTestTarget, _ request: [UInt8]) -> Int32? {
        let connected = try? Dialer.connect(
            to: target, sourceIndex: nil, receiveBufferBytes: 2_048)
        guard let descriptor = connected else { return nil }
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&entry, 1, 5_000)
        guard Socket.send(descriptor, request, 0..<request.count) == .sent(request.count) else {
            Socket.close(descriptor)
            return nil
        }
        return descriptor
    }

    func close() {
        for descriptor in descriptors { Socket.close(descriptor) }
    }
}
