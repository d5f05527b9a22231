// How instances know of each other who lives: each holds a lock of Postgres that bears its name, on
// the connection that listens. The lock goes with the connection, and so with the process, however
// it ends. Whose lock is free is gone or cut off, and its leases may be taken before their time.
// The lock is no proof, and need not be: the lease and the cursor that each step names are.

/// This instance's lock, for the one thread that made it.
struct Presence {
    private enum State {
        case absent(askAtMilliseconds: Int64)
        case asked
        case held
    }

    private let instance: String
    private var state = State.absent(askAtMilliseconds: 0)

    /// Of what was held before a connection broke, Postgres may not have heard yet; and whoever
    /// looks holds it for a moment.
    private static let pauseMilliseconds: Int64 = 100
    /// Keeps these locks apart from all others: "hubalive" as a number.
    private static let seed: Int64 = 0x6875_6261_6c69_7665

    private static let statement = Statement(
        name: "presence", sql: "SELECT pg_try_advisory_lock(\(key("$1")))",
        parameterTypes: [PostgresType.text])

    /// The number of the lock of an instance, in SQL; the argument is SQL for its name.
    static func key(_ instance: String) -> String {
        "hashtextextended(\(instance), \(seed))"
    }

    /// Begins without the lock.
    init(instance: String) {
        self.instance = instance
    }

    /// Whether the lock is held, as far as is known.
    var isHeld: Bool {
        if case .held = state { return true }
        return false
    }

    /// Asks for the lock when it is time, on a connection that is ready.
    ///
    /// Returns in how many milliseconds it wants to be called again at the latest; nil: never.
    mutating func step(on connection: PostgresConnection, now: Int64) -> Int64? {
        guard connection.isReady, case .absent(let askAt) = state else { return nil }
        guard now >= askAt else { return askAt - now }
        connection.send(Presence.statement, [.text(instance)])
        connection.sync()
        state = .asked
        return nil
    }

    /// Takes in what became of the question; false too when it failed.
    mutating func answered(_ isHeld: Bool, now: Int64) {
        guard case .asked = state else { return }
        state =
            isHeld ? .held : .absent(askAtMilliseconds: now + Presence.pauseMilliseconds)
    }

    /// The connection is gone, and the lock with it.
    mutating func lost() {
        state = .absent(askAtMilliseconds: 0)
    }
}
