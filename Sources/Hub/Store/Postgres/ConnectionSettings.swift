// How a connection is set up: the operator's connection string, and what we add to it. Settings of
// the session go as start-up options, so that a connection never exists without them.

import CPostgres

/// A connection string with the session settings of one purpose.
package struct ConnectionSettings: Sendable {
    /// What the connection is for, in observations: `commit`, `read`, `listen`.
    package let name: String
    /// The operator's connection string.
    let connection: String
    /// `application_name`, as `pg_stat_activity` shows it.
    let applicationName: String
    /// Settings of the session: name and value without spaces.
    let session: [(name: String, value: String)]

    /// A connection with its own session settings.
    package init(
        name: String, connection: String, applicationName: String,
        session: [(name: String, value: String)] = []
    ) {
        self.name = name
        self.connection = connection
        self.applicationName = applicationName
        self.session = session
    }

    /// The committer's: a stopped or cut-off instance can't hold the head row's lock for long.
    package static func commit(_ configuration: StoreConfiguration) -> ConnectionSettings {
        ConnectionSettings(
            name: "commit", connection: configuration.connection,
            applicationName: configuration.instance + " commit",
            session: [
                ("idle_in_transaction_session_timeout", "5s"), ("lock_timeout", "2s"),
                ("tcp_user_timeout", "5000"), ("default_transaction_isolation", "read\\ committed"),
                // Plans are made when tables may still be empty, and live long: by keys, always.
                ("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"),
                ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off"),
            ])
    }

    /// The reads': no snapshot is held for long, for it would slow every update of the head row.
    package static func read(_ configuration: StoreConfiguration) -> ConnectionSettings {
        ConnectionSettings(
            name: "read", connection: configuration.connection,
            applicationName: configuration.instance + " read",
            session: [
                ("statement_timeout", "5s"), ("idle_in_transaction_session_timeout", "5s"),
                ("default_transaction_read_only", "on"), ("tcp_user_timeout", "5000"),
                // Tables that are small and never analyzed look dear: compiling would cost most.
                ("jit", "off"),
            ])
    }

    /// The one that only listens.
    package static func listen(_ configuration: StoreConfiguration) -> ConnectionSettings {
        ConnectionSettings(
            name: "listen", connection: configuration.connection,
            applicationName: configuration.instance + " listen",
            session: [("statement_timeout", "5s"), ("tcp_user_timeout", "5000")])
    }

    /// The one for what is done now and then.
    package static func housekeeping(_ configuration: StoreConfiguration) -> ConnectionSettings {
        ConnectionSettings(
            name: "housekeeping", connection: configuration.connection,
            applicationName: configuration.instance + " housekeeping",
            session: [
                ("statement_timeout", "5s"), ("lock_timeout", "1s"), ("tcp_user_timeout", "5000"),
                ("jit", "off"),
            ])
    }

    /// The pairs for `PQconnectStartParams`, expanded; a reason if the connection string is none.
    func parameters() throws(PostgresError) -> [(String, String)] {
        var pairs = try ConnectionSettings.parse(connection)
        var options = pairs.first { $0.0 == "options" }?.1 ?? ""
        for (name, value) in session { options += " -c \(name)=\(value)" }
        pairs.removeAll { ["options", "application_name", "client_encoding"].contains($0.0) }
        pairs.append(("options", options))
        pairs.append(("application_name", applicationName))
        pairs.append(("client_encoding", "UTF8"))
        for (name, value) in [
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "5000"), ("connect_timeout", "5"),
        ] where !pairs.contains(where: { $0.0 == name }) {
            pairs.append((name, value))
        }
        return pairs
    }

    /// Reads a connection string: the pairs that it sets.
    private static func parse(_ connection: String) throws(PostgresError) -> [(String, String)] {
        var message: UnsafeMutablePointer<CChar>?
        guard let first = unsafe PQconninfoParse(connection, &message) else {
            let reason = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(message)
            throw PostgresError(sqlState: "", message: reason, constraint: nil, isFatal: true)
        }
        defer { unsafe PQconninfoFree(first) }
        var pairs: [(String, String)] = []
        var option = unsafe first
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe pairs.append((String(cString: keyword), String(cString: value)))
            }
            unsafe option += 1
        }
        return pairs
    }
}
