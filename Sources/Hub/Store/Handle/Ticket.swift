// Where an answer goes: the loop that asked, the connection on it, and which of its requests it
// was. The Store only hands it back.

/// Names one request that waits on one loop.
package struct Ticket: Sendable, Hashable {
    /// The index of the loop, and so of its mailbox.
    package let loop: Int
    /// The loop's own name of the connection.
    package let connection: UInt64
    /// Which request of that connection, so that a late answer can't be taken for another's.
    package let sequence: UInt32

    /// Names a request.
    package init(loop: Int, connection: UInt64, sequence: UInt32) {
        self.loop = loop
        self.connection = connection
        self.sequence = sequence
    }
}
