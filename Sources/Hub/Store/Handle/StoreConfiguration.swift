// Every limit of the Store, in one place, with its reason.

/// How the Store reaches Postgres, and its limits.
package struct StoreConfiguration: Sendable {
    /// A libpq connection string: `postgres://…` or `host=… dbname=…`.
    package var connection: String
    /// What this instance calls itself: its own name and no other's, be it one that is dead.
    ///
    /// It is in Postgres' `application_name`, and names the lock that shows that it lives.
    package var instance: String
    /// How many commands one transaction takes: more gain nothing and make a retry dearer.
    package var batchCommandsMax = 256
    /// How many commands may wait: two seconds of work at a slow disk; beyond it 503 at once.
    package var queuedCommandsMax = 20_000
    /// How long a command waits for Postgres: below the time-outs of usual proxies and clients.
    package var commandWaitSecondsMax = 8
    /// How many reads may wait; beyond it they are unavailable at once.
    package var queuedReadsMax = 10_000
    /// How many reads are in flight at once: enough to fill a round trip, few enough to keep order.
    package var readsInFlightMax = 64
    /// How long a read waits for a lost connection: a fail-over of the private cluster fits in it.
    package var readWaitMilliseconds: Int64 = 2_000
    /// How long `open` waits for Postgres: a crash recovery of a busy cluster fits in it.
    package var openWaitMilliseconds: Int64 = 30_000
    /// How long `stop` waits for what is in flight.
    package var stopWaitMilliseconds: Int64 = 10_000
    /// The net under `NOTIFY`: how often the head is asked for.
    package var headPollMilliseconds: Int64 = 1_000
    /// How many events one fetch of a gap takes: about a megabyte.
    package var gapEventsMax = 1_000
    /// How long access tokens of sessions live.
    package var accessLifetimeSeconds: Int64 = 900
    /// How long a session is remembered that is over: as long as its user's address is known.
    package var sessionsKeptDays = 90
    /// How often what is too old is deleted.
    package var housekeepingMilliseconds: Int64 = 3_600_000
    /// How old a kept answer gets: a client's retry comes within a day.
    package var idempotencyKeptHours = 24
    /// How long a new connection may take, handshake included.
    package var connectMilliseconds: Int64 = 5_000

    /// The usual limits.
    package init(connection: String, instance: String) {
        self.connection = connection
        self.instance = instance
    }
}
