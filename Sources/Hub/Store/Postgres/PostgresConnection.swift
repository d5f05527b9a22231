// One connection to Postgres, without blocking: libpq in pipeline mode, driven by whoever polls its
// descriptor. Statements are prepared at their first use, in the same flight. It never gives up: a
// lost connection is made again after a pause that doubles, and says so in its events.
//
// The owner calls `advance` once a turn (it connects, and times out what takes too long), `handle`
// when the descriptor is ready, takes events with `next`, and `register` before it sleeps.

import CPostgres
package import Reactor

/// A connection, for the one thread that made it.
@safe
package final class PostgresConnection {
    /// Where it is in its life.
    private enum State {
        case waiting(untilMilliseconds: Int64)
        case connecting(deadlineMilliseconds: Int64, wantsWrite: Bool)
        case ready(wantsWrite: Bool)
        case closed
    }

    /// What libpq still owes an answer for.
    private enum Pending {
        case prepare(name: String)
        case statement
        case sync
    }

    /// What the connection is for, in observations.
    package let name: String
    private let settings: ConnectionSettings
    private let connectMilliseconds: Int64
    private var state = State.waiting(untilMilliseconds: 0)
    private var backoffMilliseconds = PostgresConnection.backoffMillisecondsMin
    private var connection: OpaquePointer?
    private var registered: (descriptor: Int32, interest: Interest)?
    private var prepared: Set<String> = []
    private var pending = Queue<Pending>()
    private var events = Queue<PostgresEvent>()
    private var prepareError: PostgresError?
    /// Why it is over, found out before it can be said.
    private var failure: String?

    private static let backoffMillisecondsMin: Int64 = 50
    private static let backoffMillisecondsMax: Int64 = 1_000

    /// A connection that is made at the first `advance`.
    package init(_ settings: ConnectionSettings, connectMilliseconds: Int64 = 5_000) {
        name = settings.name
        self.settings = settings
        self.connectMilliseconds = connectMilliseconds
        unsafe connection = nil
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Whether statements can be sent.
    package var isReady: Bool {
        if case .ready = state { return true }
        return false
    }

    /// How many statements and syncs are not answered yet.
    package var pendingCount: Int { pending.count }

    /// Whether something happened that was not taken yet.
    package var hasEvents: Bool { !events.isEmpty }

    /// The next thing that happened; nil when nothing is left.
    package func next() -> PostgresEvent? { events.popFirst() }

    /// Closes it for good; nothing more comes of it.
    package func close() {
        disconnect()
        state = .closed
    }

    /// Drops the connection as if it were lost, for an owner that has waited too long.
    package func abandon(_ reason: String, now: Int64) {
        if case .closed = state { return }
        lose(reason, now: now)
    }

    /// Makes the connection when it is time, and gives up an attempt that takes too long.
    ///
    /// Returns in how many milliseconds it wants to be called again at the latest; nil for never.
    package func advance(now: Int64) -> Int64? {
        switch state {
        case .waiting(let until):
            guard now >= until else { return until - now }
            start(now: now)
            return advanceInterval(now: now)
        case .connecting(let deadline, _):
            if now >= deadline { lose("no connection in time", now: now) }
            return advanceInterval(now: now)
        case .ready:
            if let failure { lose(failure, now: now) }
            return advanceInterval(now: now)
        case .closed: return nil
        }
    }

    private func advanceInterval(now: Int64) -> Int64? {
        switch state {
        case .waiting(let until): max(0, until - now)
        case .connecting(let deadline, _): max(0, deadline - now)
        case .ready, .closed: nil
        }
    }
}

// MARK: Sending

extension PostgresConnection {
    /// Sends a statement; it is in the transaction that the next `sync` ends, unless one is open.
    ///
    /// The connection must be ready. A failure to send shows as `lost`. A statement that was
    /// skipped at its first use can't be used again before that is known: until then it counts as
    /// prepared.
    package func send(_ statement: Statement, _ parameters: [Parameter] = []) {
        precondition(isReady, "a statement needs a ready connection")
        precondition(
            parameters.count == statement.parameterTypes.count,
            "a statement has all of its parameters")
        if !prepared.contains(statement.name) {
            let types = statement.parameterTypes
            let sent = unsafe types.withUnsafeBufferPointer { types in
                unsafe PQsendPrepare(
                    connection, statement.name, statement.sql, Int32(types.count),
                    types.baseAddress)
            }
            guard sent == 1 else { return failToSend() }
            prepared.insert(statement.name)
            pending.append(.prepare(name: statement.name))
        }
        let sent = unsafe withParameters(parameters) { values, lengths, formats in
            unsafe PQsendQueryPrepared(
                connection, statement.name, Int32(parameters.count), values, lengths, formats, 1)
        }
        guard sent == 1 else { return failToSend() }
        pending.append(.statement)
    }

    /// Ends a flight: what follows a failed statement is skipped up to here.
    ///
    /// Flushes by itself.
    package func sync() {
        precondition(isReady, "a sync needs a ready connection")
        guard unsafe PQpipelineSync(connection) == 1 else { return failToSend() }
        pending.append(.sync)
        flush()
    }

    /// Sends what is buffered, as far as the socket takes it; the rest goes when it is writable.
    package func flush() {
        guard case .ready = state else { return }
        let outcome = unsafe PQflush(connection)
        if outcome < 0 { return failToSend() }
        state = .ready(wantsWrite: outcome == 1)
    }

    /// Leaves the loss to the next `advance`: a sender is not told in the middle of its flight.
    private func failToSend() {
        if failure == nil { failure = libraryMessage }
    }
}

// MARK: Connecting and polling

extension PostgresConnection {
    /// Brings the poller up to date: the descriptor changes while a connection is made.
    package func register(in poller: borrowing Poller, token: UInt64) {
        guard unsafe connection != nil else { return }
        let descriptor = unsafe PQsocket(connection)
        guard descriptor >= 0 else { return }
        let interest = self.interest
        if let registered, registered == (descriptor, interest), isReady { return }
        do throws(Errno) {
            if registered?.descriptor == descriptor {
                try modifyOrAdd(descriptor, interest, in: poller, token: token)
            } else {
                try addOrModify(descriptor, interest, in: poller, token: token)
            }
            registered = (descriptor, interest)
        } catch {
            preconditionFailure("a socket can be polled: \(error)")
        }
    }

    /// A closed descriptor leaves the poller by itself, and its number may come back.
    private func modifyOrAdd(
        _ descriptor: Int32, _ interest: Interest, in poller: borrowing Poller, token: UInt64
    ) throws(Errno) {
        do throws(Errno) {
            try poller.modify(descriptor, token: token, interest: interest)
        } catch {
            try poller.add(descriptor, token: token, interest: interest)
        }
    }

    private func addOrModify(
        _ descriptor: Int32, _ interest: Interest, in poller: borrowing Poller, token: UInt64
    ) throws(Errno) {
        do throws(Errno) {
            try poller.add(descriptor, token: token, interest: interest)
        } catch {
            try poller.modify(descriptor, token: token, interest: interest)
        }
    }

    private var interest: Interest {
        switch state {
        case .connecting(_, let wantsWrite): wantsWrite ? .write : .read
        case .ready(let wantsWrite): wantsWrite ? [.read, .write] : .read
        case .waiting, .closed: []
        }
    }

    /// Goes on with whatever the descriptor is ready for.
    ///
    /// Harmless when it is for nothing.
    package func handle(now: Int64) {
        switch state {
        case .connecting: poll(now: now)
        case .ready: exchange(now: now)
        case .waiting, .closed: break
        }
    }

    private func start(now: Int64) {
        let pairs: [(String, String)]
        do throws(PostgresError) {
            pairs = try settings.parameters()
        } catch {
            return lose(error.message, now: now)
        }
        unsafe connection = withCStrings(pairs.map(\.0)) { keywords in
            unsafe withCStrings(pairs.map(\.1)) { values in
                unsafe PQconnectStartParams(keywords, values, 0)
            }
        }
        guard unsafe PQstatus(connection) != CONNECTION_BAD else {
            return lose(libraryMessage, now: now)
        }
        unsafe silenceNotices(connection)
        state = .connecting(
            deadlineMilliseconds: now + connectMilliseconds, wantsWrite: true)
    }

    private func poll(now: Int64) {
        guard case .connecting(let deadline, _) = state else { return }
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING:
            state = .connecting(deadlineMilliseconds: deadline, wantsWrite: false)
        case PGRES_POLLING_WRITING:
            state = .connecting(deadlineMilliseconds: deadline, wantsWrite: true)
        case PGRES_POLLING_OK:
            guard unsafe PQsetnonblocking(connection, 1) == 0,
                unsafe PQenterPipelineMode(connection) == 1
            else { return lose(libraryMessage, now: now) }
            state = .ready(wantsWrite: false)
            backoffMilliseconds = PostgresConnection.backoffMillisecondsMin
            events.append(.connected)
        default: lose(libraryMessage, now: now)
        }
    }

    private func exchange(now: Int64) {
        let isOpen = unsafe PQconsumeInput(connection) == 1
        takeResults()
        takeNotifications()
        guard isOpen, failure == nil, unsafe PQstatus(connection) == CONNECTION_OK else {
            return lose(failure ?? libraryMessage, now: now)
        }
        if case .ready(true) = state { flush() }
    }

    private func lose(_ reason: String, now: Int64) {
        disconnect()
        state = .waiting(untilMilliseconds: now + backoffMilliseconds)
        backoffMilliseconds = min(
            backoffMilliseconds * 2, PostgresConnection.backoffMillisecondsMax)
        events.append(.lost(reason: reason))
    }

    private func disconnect() {
        unsafe PQfinish(connection)
        unsafe connection = nil
        registered = nil
        prepared.removeAll(keepingCapacity: true)
        pending.removeAll()
        prepareError = nil
        failure = nil
    }

    private var libraryMessage: String { unsafe message(of: connection) }
}

// MARK: Results

extension PostgresConnection {
    /// Takes all results that have arrived.
    ///
    /// libpq puts a null between two statements' results; two
    /// in a row mean that nothing is left.
    private func takeResults() {
        var nulls = 0
        while !pending.isEmpty, nulls < 2, unsafe PQisBusy(connection) == 0 {
            guard let result = unsafe PQgetResult(connection) else {
                nulls += 1
                continue
            }
            nulls = 0
            unsafe take(result)
        }
    }

    private func take(_ result: OpaquePointer) {
        let status = unsafe PQresultStatus(result)
        switch (pending.first, status) {
        case (.sync?, PGRES_PIPELINE_SYNC):
            unsafe PQclear(result)
            events.append(.synced)
        case (.prepare(let name)?, _): unsafe takePrepared(name, result, status)
        case (.statement?, _): unsafe takeStatement(result, status)
        case (.sync?, _), (nil, _):
            // The server says why it goes, between two statements: that answers neither.
            if failure == nil { failure = unsafe PostgresError(result).message }
            unsafe PQclear(result)
        }
        _ = pending.popFirst()
    }

    /// A statement that could not be prepared is prepared again at its next use; its error is the
    /// statement's, which is skipped.
    private func takePrepared(_ name: String, _ result: OpaquePointer, _ status: ExecStatusType) {
        if status != PGRES_COMMAND_OK {
            prepared.remove(name)
            if status != PGRES_PIPELINE_ABORTED { prepareError = unsafe PostgresError(result) }
        }
        unsafe PQclear(result)
    }

    private func takeStatement(_ result: OpaquePointer, _ status: ExecStatusType) {
        switch status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            unsafe events.append(.result(PostgresResult(owning: result)))
            return
        case PGRES_PIPELINE_ABORTED:
            if let error = prepareError {
                events.append(.failed(error))
                prepareError = nil
            } else {
                events.append(.aborted)
            }
        default:
            unsafe events.append(.failed(PostgresError(result)))
        }
        unsafe PQclear(result)
    }

    private func takeNotifications() {
        while let notification = unsafe PQnotifies(connection) {
            unsafe events.append(
                .notification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra)))
            unsafe PQfreemem(notification)
        }
    }
}
