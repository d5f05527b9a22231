// Waits for descriptors with epoll, level-triggered unless asked otherwise. The only place where
// a loop sleeps is `sleepUntilReady`, so that a profile can subtract it.

import CLinux
import Glibc

/// What a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let read = Interest(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
    package static let write = Interest(rawValue: EPOLLOUT.rawValue)
    package static let edge = Interest(rawValue: EPOLLET.rawValue)
}

/// What a descriptor is ready for.
package struct Readiness: Sendable {
    /// What was registered with it.
    package let token: UInt64
    private let events: UInt32

    fileprivate init(token: UInt64, events: UInt32) {
        self.token = token
        self.events = events
    }

    /// Bytes, an end or an error can be read.
    package var isReadable: Bool {
        events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue)
            != 0
    }
    /// Bytes can be written.
    package var isWritable: Bool { events & EPOLLOUT.rawValue != 0 }
    /// Both directions are over.
    package var isHungUp: Bool { events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
}

/// An epoll instance and the events of the last wait.
@safe
package struct Poller: ~Copyable {
    private let epoll: Descriptor
    private var events: [epoll_event]

    /// Its own descriptor: another poller can watch it, and hears when something is ready here.
    package var descriptor: Int32 { epoll.number }

    /// Makes one that hears at most `eventsMax` events a wait.
    package init(eventsMax: Int = 32) throws(Errno) {
        epoll = Descriptor(owning: try Errno.check(lx_epoll_create()))
        unsafe events = [epoll_event](repeating: epoll_event(), count: eventsMax)
    }

    /// Watches a descriptor.
    ///
    /// The C function is `epoll_ctl`.
    package func add(_ descriptor: Int32, token: UInt64, interest: Interest) throws(Errno) {
        _ = try Errno.check(
            lx_epoll_control(epoll.number, EPOLL_CTL_ADD, descriptor, interest.rawValue, token))
    }

    /// Changes what a descriptor is watched for.
    package func modify(_ descriptor: Int32, token: UInt64, interest: Interest) throws(Errno) {
        _ = try Errno.check(
            lx_epoll_control(epoll.number, EPOLL_CTL_MOD, descriptor, interest.rawValue, token))
    }

    /// Stops watching a descriptor; closing it does the same.
    package func remove(_ descriptor: Int32) {
        _ = lx_epoll_control(epoll.number, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    /// Sleeps until something is ready, at most so long, and says how much is.
    ///
    /// Read each with `readiness(at:)`. A negative time-out waits for ever; of level-triggered
    /// descriptors, more than `countMax` are told of by the next call.
    package mutating func sleepUntilReady(
        timeoutMilliseconds: Int32, countMax: Int = .max
    ) -> Int {
        unsafe events.withUnsafeMutableBufferPointer { buffer in
            let room = unsafe UnsafeMutableBufferPointer(
                rebasing: buffer.prefix(max(1, countMax)))
            return Int(unsafe wait(epoll.number, room, timeoutMilliseconds))
        }
    }

    /// The event at an index below what the last wait returned.
    package func readiness(at index: Int) -> Readiness {
        let event = unsafe events[index]
        return unsafe Readiness(token: event.data.u64, events: event.events)
    }
}

/// Named and not inlined, so that profiles show the sleep as what it is.
@inline(never)
private func wait(
    _ epoll: Int32, _ buffer: UnsafeMutableBufferPointer<epoll_event>, _ timeout: Int32
) -> Int32 {
    let result = unsafe lx_epoll_wait(epoll, buffer.baseAddress, Int32(buffer.count), timeout)
    if result == -EINTR { return 0 }
    precondition(result >= 0, "epoll_wait failed")
    return result
}
