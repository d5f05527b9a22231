// The same libpq, one call at a time, for what happens before the threads start and for commands
// that do one thing: migrate, check, make a token. Never on a loop.

package import CPostgres

/// A connection whose calls wait for their answer.
@safe
package final class BlockingPostgres {
    private let connection: OpaquePointer?

    /// Connects; waits at most 5 s unless the connection string says otherwise.
    package init(_ settings: ConnectionSettings) throws(PostgresError) {
        let pairs = try settings.parameters()
        unsafe connection = withCStrings(pairs.map(\.0)) { keywords in
            unsafe withCStrings(pairs.map(\.1)) { values in
                unsafe PQconnectdbParams(keywords, values, 0)
            }
        }
        guard unsafe PQstatus(connection) == CONNECTION_OK else {
            throw PostgresError(
                sqlState: "", message: unsafe message(of: connection), constraint: nil,
                isFatal: true)
        }
        unsafe silenceNotices(connection)
    }

    /// Connects with a connection string alone.
    package convenience init(connection: String) throws(PostgresError) {
        try self.init(
            ConnectionSettings(
                name: "blocking", connection: connection, applicationName: "hub"))
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Runs one statement and gives its rows.
    @discardableResult
    package func run(
        _ sql: String, _ types: [Oid] = [], _ parameters: [Parameter] = []
    ) throws(PostgresError) -> PostgresResult {
        precondition(types.count == parameters.count, "each parameter has a type")
        let result = unsafe withParameters(parameters) { values, lengths, formats in
            unsafe types.withUnsafeBufferPointer { types in
                unsafe PQexecParams(
                    connection, sql, Int32(types.count), types.baseAddress, values, lengths,
                    formats, 1)
            }
        }
        return try unsafe check(result)
    }

    /// Runs a prepared statement's SQL once.
    @discardableResult
    package func run(
        _ statement: Statement, _ parameters: [Parameter] = []
    ) throws(PostgresError) -> PostgresResult {
        try run(statement.sql, statement.parameterTypes, parameters)
    }

    /// Runs several statements, separated by semicolons, in one transaction unless they say so.
    package func script(_ sql: String) throws(PostgresError) {
        _ = try unsafe check(PQexec(connection, sql))
    }

    private func check(_ result: OpaquePointer?) throws(PostgresError) -> PostgresResult {
        guard let result = unsafe result else {
            throw PostgresError(
                sqlState: "", message: unsafe message(of: connection), constraint: nil,
                isFatal: true)
        }
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            return unsafe PostgresResult(owning: result)
        default:
            let error = unsafe PostgresError(result)
            unsafe PQclear(result)
            throw error
        }
    }
}
