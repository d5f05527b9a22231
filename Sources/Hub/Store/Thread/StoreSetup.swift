// What the store thread is given when it starts: everything in it may cross threads.

import Reactor

/// What the thread shares with the handle and the loops.
struct StoreSetup: Sendable {
    let configuration: StoreConfiguration
    let start: LogStart
    let loops: [Mailbox<StoreMail>]
    let wakeup: Wakeup
    let mailbox: Mailbox<Store.Request>
    let meters: StoreMeters
    let observe: @Sendable (StoreObservation) -> Void
}
