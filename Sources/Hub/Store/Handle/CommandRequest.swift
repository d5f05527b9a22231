// A command on its way to the committer.

package import Domain

/// A command, who asked, and since when somebody waits for it.
package struct CommandRequest: Sendable {
    /// Where the answer goes; nil when nobody waits for it.
    package let ticket: Ticket?
    /// What is to be decided.
    package let command: Command
    /// Who asks, in which trace, under which idempotency key.
    package let context: CommandContext
    /// When the request was complete, on the monotonic clock, in milliseconds.
    package let receivedMilliseconds: Int64

    /// A command to submit.
    package init(
        ticket: Ticket?, command: Command, context: CommandContext, receivedMilliseconds: Int64
    ) {
        self.ticket = ticket
        self.command = command
        self.context = context
        self.receivedMilliseconds = receivedMilliseconds
    }
}
