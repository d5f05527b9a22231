// How threads talk: values into a mailbox, one wake for many. The first message into an empty
// mailbox writes the owner's eventfd; the owner takes all of them at once.

import CLinux
import Glibc
public import Synchronization

/// An eventfd: wakes the thread that polls it, from any thread.
public final class Wakeup: Sendable {
    private let number: Int32

    /// Makes one.
    ///
    /// The C function is `eventfd`.
    package init() throws(Errno) {
        number = try Errno.check(lx_eventfd())
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// The descriptor to watch for reading.
    package var descriptor: Int32 { number }

    /// Wakes the owner.
    @usableFromInline
    func signal() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(number, &one, 8)
    }

    /// Wakes the owner.
    package func wake() { signal() }

    /// Waits for a wake at most so long, on a thread that polls nothing else.
    package func wait(milliseconds: Int32) {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, milliseconds)
    }

    /// Forgets the wakes so far; call it before taking the mail.
    package func clear() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(number, &count, 8)
    }
}

/// Messages from any thread to the one that owns it, in the order they were posted.
///
/// Public and inlinable because a generic that crosses a target unspecialised costs hundreds of
/// instructions a call.
public final class Mailbox<Message: Sendable>: Sendable {
    @usableFromInline let messages = Mutex<[Message]>([])
    @usableFromInline let wakeup: Wakeup

    /// A mailbox whose first message wakes the owner of `wakeup`; several may share one.
    @inlinable
    public init(wakeup: Wakeup) {
        self.wakeup = wakeup
    }

    /// Posts one message.
    @inlinable
    public func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty { wakeup.signal() }
    }

    /// Posts many messages with at most one wake.
    @inlinable
    public func post(contentsOf more: [Message]) {
        guard !more.isEmpty else { return }
        let wasEmpty = messages.withLock { messages in
            let wasEmpty = messages.isEmpty
            messages.append(contentsOf: more)
            return wasEmpty
        }
        if wasEmpty { wakeup.signal() }
    }

    /// Takes all messages; `empty` is what is left behind, so its capacity is used again.
    @inlinable
    public func takeAll(into empty: inout [Message]) {
        empty.removeAll(keepingCapacity: true)
        messages.withLock { swap(&$0, &empty) }
    }
}
